package dev.offramp.compiler.tvm;

import org.jspecify.annotations.Nullable;

/** TVM cannot be loaded on this machine; the message names what is missing and what to do. */
public final class TvmUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TvmUnavailableException(String message) {
    super(message);
  }

  TvmUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
