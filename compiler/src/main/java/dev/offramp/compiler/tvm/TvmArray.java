package dev.offramp.compiler.tvm;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A dense tensor that TVM allocates: row-major, aligned to a cache line.
 *
 * <p>Ownership: the memory lives as long as the reference; {@link #memory} is a view into it.
 */
public final class TvmArray extends TvmReference {
  private final TvmDevice device;
  private final ElementType type;
  private final long[] shape;
  private final long bytes;

  private TvmArray(long handle, TvmDevice device, ElementType type, long[] shape, long bytes) {
    super(HandleKind.ARRAY, handle);
    this.device = device;
    this.type = type;
    this.shape = shape;
    this.bytes = bytes;
  }

  /** A result of TVM, of which we know no more than the handle. */
  static TvmArray of(long handle) {
    return new TvmArray(handle, TvmDevice.CPU, ElementType.FLOAT32, new long[0], 0);
  }

  /** A new array of zeros in CPU memory. */
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
    long handle = Tvm.library().allocateArray(TvmDevice.CPU, type, shape);
    var array = scope.own(new TvmArray(handle, TvmDevice.CPU, type, shape.clone(), bytes));
    ByteBuffer memory = array.memory();
    while (memory.remaining() >= Long.BYTES) {
      memory.putLong(0);
    }
    while (memory.hasRemaining()) {
      memory.put((byte) 0);
    }
    return array;
  }

  /** A new array in CPU memory with a copy of the values. */
  public static TvmArray of(ReferenceScope scope, float[] values, long... shape) {
    var array = zeros(scope, ElementType.FLOAT32, shape);
    array.memory().asFloatBuffer().put(values);
    return array;
  }

  /** A new array in CPU memory with a copy of the values. */
  public static TvmArray of(ReferenceScope scope, int[] values, long... shape) {
    var array = zeros(scope, ElementType.INT32, shape);
    array.memory().asIntBuffer().put(values);
    return array;
  }

  /** This array, or a copy of it where the device's functions can use it. */
  public TvmArray on(ReferenceScope scope, TvmDevice other) {
    if (other == device) {
      return this;
    }
    long handle = Tvm.library().allocateArray(other, type, shape);
    var copy = scope.own(new TvmArray(handle, other, type, shape, bytes));
    Tvm.library().copyArray(handle(), handle);
    return copy;
  }

  /** The array's own memory, of the CPU, in native byte order, positioned at its start. */
  public ByteBuffer memory() {
    return Tvm.library().arrayMemory(handle(), bytes);
  }

  /** A copy of the array as floating-point numbers. */
  public float[] floats() {
    if (device != TvmDevice.CPU) {
      try (var scope = ReferenceScope.open()) {
        return on(scope, TvmDevice.CPU).floats();
      }
    }
    var values = new float[Math.toIntExact(bytes / ElementType.BYTES)];
    memory().asFloatBuffer().get(values);
    return values;
  }
}
