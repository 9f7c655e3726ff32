package dev.offramp.compiler.check;

/** A compiled kernel that computes something else than plain Java does. */
public final class KernelMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KernelMismatchException(String message) {
    super(message);
  }
}
