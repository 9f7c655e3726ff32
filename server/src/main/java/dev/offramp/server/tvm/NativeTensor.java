package dev.offramp.server.tvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.tvm.NDArray;
import org.apache.tvm.NDArrayBase;
import org.apache.tvm.TVMType;

/**
 * An {@link NDArray} on the CPU with its elements in reach, so that they are read and written in
 * place.
 *
 * <p>Ownership: {@link #close} frees the array; its elements must not be touched afterwards.
 */
final class NativeTensor implements AutoCloseable {

  private static final VarHandle HANDLE = handleField();
  private static final int ELEMENT_BYTES = 4;

  private final NDArray array;
  private final long handle;
  private final MemorySegment data;

  private NativeTensor(String type, long[] shape) {
    long bytes = ELEMENT_BYTES;
    for (long extent : shape) {
      bytes = Math.multiplyExact(bytes, extent);
    }
    array = NDArray.empty(shape, new TVMType(type));
    handle = handle(array);
    data =
        MemorySegment.ofAddress(handle)
            .reinterpret(DlTensor.LAYOUT.byteSize())
            .get(ValueLayout.ADDRESS, DlTensor.DATA)
            .reinterpret(bytes);
  }

  /** A float32 tensor, its elements not yet defined. */
  static NativeTensor floats(long... shape) {
    return new NativeTensor("float32", shape);
  }

  /** An int32 tensor, its elements not yet defined. */
  static NativeTensor ints(long... shape) {
    return new NativeTensor("int32", shape);
  }

  /** The address of an array's {@code DLTensor}. */
  static long handle(NDArray array) {
    return (long) HANDLE.get((NDArrayBase) array);
  }

  /** The address of the {@code DLTensor}, as kernels take it. */
  long handle() {
    return handle;
  }

  /** The elements, row-major. */
  MemorySegment data() {
    return data;
  }

  @Override
  public void close() {
    array.release();
  }

  /* The binding keeps the handle to itself: its own way in and out copies everything twice. */
  private static VarHandle handleField() {
    try {
      return MethodHandles.privateLookupIn(NDArrayBase.class, MethodHandles.lookup())
          .findVarHandle(NDArrayBase.class, "handle", long.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("org.apache.tvm.NDArrayBase.handle: " + e, e);
    }
  }
}
