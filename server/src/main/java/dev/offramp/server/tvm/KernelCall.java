package dev.offramp.server.tvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.tvm.Function;

/**
 * A kernel with its arguments laid out in native memory. Arguments stay from call to call, so that
 * only those that change are set again.
 *
 * <p>Threading: one thread at a time. Ownership: lives in the arena it was made in.
 */
final class KernelCall {

  private static final VarHandle HANDLE = handleField();

  private final String name;
  private final long function;
  private final int count;
  private final MemorySegment values;
  private final MemorySegment codes;
  private final MemorySegment result;
  private final MemorySegment resultCode;

  /**
   * Lays out a call.
   *
   * @param integers leading integer arguments
   * @param tensors tensor arguments after them
   */
  KernelCall(Arena arena, String name, Function function, int integers, int tensors) {
    this.name = name;
    this.function = (long) HANDLE.get(function);
    this.count = integers + tensors;
    this.values = arena.allocate(ValueLayout.JAVA_LONG, count);
    this.codes = arena.allocate(ValueLayout.JAVA_INT, count);
    this.result = arena.allocate(ValueLayout.JAVA_LONG);
    this.resultCode = arena.allocate(ValueLayout.JAVA_INT);
    for (int i = 0; i < count; i++) {
      codes.setAtIndex(ValueLayout.JAVA_INT, i, i < integers ? CApi.INT : CApi.TENSOR);
    }
  }

  /** Sets one argument: an integer, or a tensor's handle. */
  KernelCall set(int argument, long value) {
    values.setAtIndex(ValueLayout.JAVA_LONG, argument, value);
    return this;
  }

  /** Sets consecutive arguments. */
  KernelCall set(int argument, long first, long second) {
    return set(argument, first).set(argument + 1, second);
  }

  /** Sets consecutive arguments. */
  KernelCall setAll(int argument, long[] handles) {
    for (int i = 0; i < handles.length; i++) {
      set(argument + i, handles[i]);
    }
    return this;
  }

  /** Runs the kernel. */
  void run() {
    CApi.call(name, function, values, codes, count, result, resultCode);
  }

  private static VarHandle handleField() {
    try {
      return MethodHandles.privateLookupIn(Function.class, MethodHandles.lookup())
          .findVarHandle(Function.class, "handle", long.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("org.apache.tvm.Function.handle: " + e, e);
    }
  }
}
