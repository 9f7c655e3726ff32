package dev.offramp.model.io;

import java.nio.file.Path;

/**
 * A checkpoint or artifact that cannot be used: truncated, damaged, foreign, or inconsistent. The
 * message names the file, what is wrong with it, and what was expected.
 */
public class ModelFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Refuses {@code file} for {@code reason}. */
  public ModelFormatException(Path file, String reason) {
    super(file + ": " + reason);
  }

  /** Refuses {@code file} for {@code reason}, found through {@code cause}. */
  public ModelFormatException(Path file, String reason, Throwable cause) {
    super(file + ": " + reason, cause);
  }
}
