package dev.offramp.compiler.tvm;

/** The element types that {@link TvmArray} holds, with their DLPack codes. */
public enum ElementType {
  INT32(0, "int32"),
  FLOAT32(2, "float32");

  /** {@value} bytes an element, whichever type. */
  public static final int BYTES = 4;

  private final int code;
  private final String typeName;

  ElementType(int code, String typeName) {
    this.code = code;
    this.typeName = typeName;
  }

  int code() {
    return code;
  }

  /** TVM's name of the type. */
  public String typeName() {
    return typeName;
  }
}
