package dev.offramp.trainer;

import java.nio.file.Path;

/** A data file that cannot be read as labelled text; the message names file, line and remedy. */
public final class DataFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DataFormatException(Path file, long line, String problem) {
    super(file + ", line " + line + ": " + problem);
  }

  DataFormatException(Path file, String problem) {
    super(file + ": " + problem);
  }

  DataFormatException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
