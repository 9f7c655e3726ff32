package dev.offramp.server.tvm;

import dev.offramp.server.engine.KernelException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of TVM's C API that the hot path calls directly.
 *
 * <p>A call through {@code org.apache.tvm} crosses JNI once an argument, copies the arguments,
 * looks up the result's class by name and makes an object for it. A direct call of prepared
 * arguments does none of that, and there are six kernels in a layer.
 *
 * <p>Threading: safe for all threads; TVM keeps errors per thread.
 */
final class CApi {
  /** {@code TVMArgTypeCode}: an int64. */
  static final int INT = 0;

  /** {@code TVMArgTypeCode}: a pointer to a {@code DLTensor}. */
  static final int TENSOR = 7;

  private static final MethodHandle CALL =
      function(
          "TVMFuncCall",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS));

  private static final MethodHandle COPY_FROM_BYTES =
      function(
          "TVMArrayCopyFromBytes",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG));

  private static final MethodHandle COPY_TO_BYTES =
      function(
          "TVMArrayCopyToBytes",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG));

  private static final MethodHandle LAST_ERROR =
      function("TVMGetLastError", FunctionDescriptor.of(ValueLayout.ADDRESS));

  /**
   * Calls a packed function that returns nothing.
   *
   * @param name for the message
   * @param function its handle
   * @throws KernelException if it fails, with TVM's own message
   */
  static void call(
      String name,
      long function,
      MemorySegment values,
      MemorySegment codes,
      int count,
      MemorySegment result,
      MemorySegment resultCode) {
    int failed;
    try {
      failed = (int) CALL.invokeExact(function, values, codes, count, result, resultCode);
    } catch (Throwable e) {
      throw new KernelException(name + ": cannot be called: " + e, e);
    }
    if (failed != 0) {
      throw new KernelException(name + ": " + message());
    }
  }

  /**
   * Fills a tensor, wherever it lies; returns when it is there.
   *
   * @param bytes as many as the tensor has
   */
  static void copyIn(MemorySegment tensor, MemorySegment data, long bytes) {
    int failed;
    try {
      failed = (int) COPY_FROM_BYTES.invokeExact(tensor, data, bytes);
    } catch (Throwable e) {
      throw new KernelException("copy to the device: cannot be called: " + e, e);
    }
    if (failed != 0) {
      throw new KernelException("copy to the device: " + message());
    }
  }

  /** Copies a tensor out; returns when what computes it has ended, and it is there. */
  static void copyOut(MemorySegment tensor, MemorySegment data, long bytes) {
    int failed;
    try {
      failed = (int) COPY_TO_BYTES.invokeExact(tensor, data, bytes);
    } catch (Throwable e) {
      throw new KernelException("copy from the device: cannot be called: " + e, e);
    }
    if (failed != 0) {
      throw new KernelException("copy from the device: " + message());
    }
  }

  private static String message() {
    try {
      MemorySegment text = (MemorySegment) LAST_ERROR.invokeExact();
      return withoutStack(text.reinterpret(Long.MAX_VALUE).getString(0));
    } catch (Throwable e) {
      return "failed, and so did asking why: " + e;
    }
  }

  /** TVM's message as far as it says what is wrong; a native stack trace follows it. */
  static String withoutStack(String message) {
    int stack = message.indexOf("Stack trace:");
    return (stack < 0 ? message : message.substring(0, stack)).strip();
  }

  /* The loader of this class has loaded the JNI bridge, and what the bridge is linked against. */
  private static MethodHandle function(String name, FunctionDescriptor type) {
    return Linker.nativeLinker()
        .downcallHandle(SymbolLookup.loaderLookup().findOrThrow(name), type);
  }

  private CApi() {}
}
