package dev.offramp.compiler.tvm;

/**
 * One counted reference to something that lives in TVM.
 *
 * <p>Ownership: belongs to a {@link ReferenceScope} and is freed with it. Use after that is an
 * {@link IllegalStateException}, never a read of freed memory. Threading: as safe as the thing it
 * refers to; freeing happens once.
 */
public abstract sealed class TvmReference permits TvmObject, TvmFunction, TvmModule, TvmArray {
  private final HandleKind kind;
  private long handle;

  TvmReference(HandleKind kind, long handle) {
    if (handle == 0) {
      throw new IllegalArgumentException("handle: null (expected: an object of TVM)");
    }
    this.kind = kind;
    this.handle = handle;
  }

  /** The address, which is valid until the scope closes. */
  final long handle() {
    if (handle == 0) {
      throw new IllegalStateException(
          getClass().getSimpleName() + " was freed: its ReferenceScope is closed");
    }
    return handle;
  }

  final NativeValue value() {
    return new NativeValue.Handle(kind, handle());
  }

  /** Gives the reference back; called by the scope that owns it. */
  final void free() {
    long freed = handle;
    handle = 0;
    if (freed != 0) {
      Tvm.library().free(kind, freed);
    }
  }
}
