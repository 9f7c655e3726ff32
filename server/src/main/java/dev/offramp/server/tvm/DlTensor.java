package dev.offramp.server.tvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code DLTensor} of DLPack, in which kernels take tensors: a pointer with a type and a shape. */
final class DlTensor {
  static final MemoryLayout LAYOUT =
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

  static final long DATA = offset("data");
  static final long SHAPE = offset("shape");
  private static final long BYTE_OFFSET = offset("byte_offset");
  private static final long DEVICE_TYPE = offset("device", "type");
  private static final long NDIM = offset("ndim");
  private static final long CODE = offset("dtype", "code");
  private static final long BITS = offset("dtype", "bits");
  private static final long LANES = offset("dtype", "lanes");

  static final int CPU = 1;
  static final int OPENCL = 4;
  private static final byte INT = 0;
  private static final byte FLOAT = 2;
  private static final byte WORD_BITS = 32;

  private DlTensor() {}

  /**
   * Describes memory that is already there.
   *
   * @param arena owns the description
   * @param data the elements, row-major; must live at least as long as calls with the tensor
   * @param type {@code float32} or {@code int32}
   * @return the tensor's address, as kernels take it
   */
  static long over(Arena arena, MemorySegment data, String type, long... shape) {
    return over(arena, CPU, data, type, shape).address();
  }

  /**
   * Describes a device's memory.
   *
   * @param device {@link #CPU} or {@link #OPENCL}
   * @param data what the device's tensors have as their data
   */
  static MemorySegment over(
      Arena arena, int device, MemorySegment data, String type, long... shape) {
    MemorySegment extents = arena.allocateFrom(ValueLayout.JAVA_LONG, shape);
    MemorySegment tensor = arena.allocate(LAYOUT);
    tensor.set(ValueLayout.ADDRESS, DATA, data);
    tensor.set(ValueLayout.JAVA_INT, DEVICE_TYPE, device);
    tensor.set(ValueLayout.JAVA_INT, NDIM, shape.length);
    tensor.set(ValueLayout.JAVA_BYTE, CODE, type.equals("int32") ? INT : FLOAT);
    tensor.set(ValueLayout.JAVA_BYTE, BITS, WORD_BITS);
    tensor.set(ValueLayout.JAVA_SHORT, LANES, (short) 1);
    tensor.set(ValueLayout.ADDRESS, SHAPE, extents);
    return tensor;
  }

  /**
   * Changes the part of the memory that a tensor of words describes.
   *
   * @param first the number of its first word
   * @param rows its first extent
   */
  static void move(MemorySegment tensor, long first, long rows) {
    tensor.set(ValueLayout.JAVA_LONG, BYTE_OFFSET, first * WORD_BITS / Byte.SIZE);
    tensor
        .get(ValueLayout.ADDRESS, SHAPE)
        .reinterpret(ValueLayout.JAVA_LONG.byteSize())
        .set(ValueLayout.JAVA_LONG, 0, rows);
  }

  private static long offset(String... path) {
    var elements = new PathElement[path.length];
    for (int i = 0; i < path.length; i++) {
      elements[i] = PathElement.groupElement(path[i]);
    }
    return LAYOUT.byteOffset(elements);
  }
}
