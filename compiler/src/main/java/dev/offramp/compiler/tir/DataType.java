package dev.offramp.compiler.tir;

/** The type of an expression: a scalar, or a vector of {@code lanes} of them. */
public record DataType(String scalarName, int lanes) {
  public static final DataType FLOAT32 = new DataType("float32", 1);
  public static final DataType INT32 = new DataType("int32", 1);
  public static final DataType BOOL = new DataType("uint1", 1);

  public DataType {
    if (lanes < 1) {
      throw new IllegalArgumentException("lanes: %d (expected: >= 1)".formatted(lanes));
    }
  }

  /** A vector of this type's scalars. */
  public DataType withLanes(int count) {
    return new DataType(scalarName, count);
  }

  /** The type of one lane. */
  public DataType scalar() {
    return withLanes(1);
  }

  /** TVM's name, such as {@code float32x16}. */
  @Override
  public String toString() {
    return lanes == 1 ? scalarName : scalarName + "x" + lanes;
  }
}
