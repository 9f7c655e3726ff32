package dev.offramp.compiler.tvm;

/** What a handle points to, with the type code that TVM's C API gives it. */
enum HandleKind {
  OBJECT(8),
  MODULE(9),
  FUNCTION(10),
  ARRAY(13);

  private final int code;

  HandleKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
