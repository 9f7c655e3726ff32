package dev.offramp.compiler.tvm;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A dense tensor in CPU memory that TVM allocates: row-major, aligned to a cache line.
 *
 * <p>Ownership: the memory lives as long as the reference; {@link #memory} is a view into it.
 */
public final class TvmArray extends TvmReference {
  private final long bytes;

  private TvmArray(long handle, long bytes) {
    super(HandleKind.ARRAY, handle);
    this.bytes = bytes;
  }

  /** A result of TVM, of which we know no more than the handle. */
  static TvmArray of(long handle) {
    return new TvmArray(handle, 0);
  }

  /** A new array of zeros. */
  public static TvmArray zeros(ReferenceScope scope, ElementType type, long... shape) {
    long bytes = ElementType.BYTES;
    for (long dimension : shape) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "shape: %s (expected: dimensions >= 1)".formatted(Arrays.toString(shape)));
      }
      bytes = Math.multiplyExact(bytes, dimension);
    }
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "shape: %s has %d bytes (expected: less than 2 GiB)"
              .formatted(Arrays.toString(shape), bytes));
    }
    long handle = Tvm.library().allocateArray(type, shape);
    var array = scope.own(new TvmArray(handle, bytes));
    ByteBuffer memory = array.memory();
    while (memory.remaining() >= Long.BYTES) {
      memory.putLong(0);
    }
    while (memory.hasRemaining()) {
      memory.put((byte) 0);
    }
    return array;
  }

  /** A new array with a copy of the values. */
  public static TvmArray of(ReferenceScope scope, float[] values, long... shape) {
    var array = zeros(scope, ElementType.FLOAT32, shape);
    array.memory().asFloatBuffer().put(values);
    return array;
  }

  /** A new array with a copy of the values. */
  public static TvmArray of(ReferenceScope scope, int[] values, long... shape) {
    var array = zeros(scope, ElementType.INT32, shape);
    array.memory().asIntBuffer().put(values);
    return array;
  }

  /** The array's own memory in native byte order, positioned at its start. */
  public ByteBuffer memory() {
    return Tvm.library().arrayMemory(handle(), bytes);
  }

  /** A copy of the array as floating-point numbers. */
  public float[] floats() {
    var values = new float[Math.toIntExact(bytes / ElementType.BYTES)];
    memory().asFloatBuffer().get(values);
    return values;
  }
}
