package dev.offramp.trainer.data;

import java.nio.file.Path;

/** A data file that cannot be read as labelled text; the message names file, line and remedy. */
public final class DataFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DataFormatException(Path file, long line, String problem) {
    super(file + ", line " + line + ": " + problem);
  }

  public DataFormatException(Path file, String problem) {
    super(file + ": " + problem);
  }

  public DataFormatException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
