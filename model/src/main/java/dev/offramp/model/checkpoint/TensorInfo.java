package dev.offramp.model.checkpoint;

import java.util.List;

/**
 * Where a tensor lies in a safetensors file.
 *
 * @param type the element type
 * @param shape the extents, outermost first
 * @param offset bytes from the start of the data section
 * @param bytes its size
 */
public record TensorInfo(ElementType type, List<Long> shape, long offset, long bytes) {

  /** Copies the shape. */
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** The number of elements. */
  public long elements() {
    return bytes / type.bytes();
  }

  /**
   * Element types of safetensors, under the format's own names. A file may hold all of them; only
   * the float types become a {@link Tensor}.
   */
  public enum ElementType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U64(8),
    U32(4),
    U16(2),
    U8(1),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
      this.bytes = bytes;
    }

    /** The size of one element. */
    public int bytes() {
      return bytes;
    }
  }
}
