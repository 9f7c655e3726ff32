package dev.offramp.server.tvm;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
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

  /** {@code DLTensor} of DLPack, which an NDArray's handle points to. */
  private static final MemoryLayout DL_TENSOR =
      MemoryLayout.structLayout(
          ValueLayout.ADDRESS.withName("data"),
          MemoryLayout.structLayout(
                  ValueLayout.JAVA_INT.withName("type"), ValueLayout.JAVA_INT.withName("id"))
              .withName("device"),
          ValueLayout.JAVA_INT.withName("ndim"),
          MemoryLayout.structLayout(
                  ValueLayout.JAVA_BYTE.withName("code"),
                  ValueLayout.JAVA_BYTE.withName("bits"),
                  ValueLayout.JAVA_SHORT.withName("lanes"))
              .withName("dtype"),
          ValueLayout.ADDRESS.withName("shape"),
          ValueLayout.ADDRESS.withName("strides"),
          ValueLayout.JAVA_LONG.withName("byte_offset"));

  private static final long DATA = DL_TENSOR.byteOffset(PathElement.groupElement("data"));
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
    handle = (long) HANDLE.get((NDArrayBase) array);
    data =
        MemorySegment.ofAddress(handle)
            .reinterpret(DL_TENSOR.byteSize())
            .get(ValueLayout.ADDRESS, DATA)
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
