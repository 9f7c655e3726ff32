package dev.offramp.compiler.tvm;

/** A node of TVM: an expression, a statement, a type, a target, an array of nodes. */
public final class TvmObject extends TvmReference {

  TvmObject(long handle) {
    super(HandleKind.OBJECT, handle);
  }

  /** The name of the node's type, such as {@code tir.BufferStore}. */
  public String typeKey() {
    return Tvm.library().typeKey(handle());
  }

  /** The node as TVMScript or TVM's own notation. */
  @Override
  public String toString() {
    try (var scope = ReferenceScope.open()) {
      return scope.text("node.AsRepr", this);
    }
  }
}
