package dev.offramp.server.registry;

import dev.offramp.model.io.ModelFormatException;
import java.nio.file.Path;

/** An artifact that could not be used in time; nothing is said against it at another time. */
final class NotWarmException extends ModelFormatException {
  private static final long serialVersionUID = 1L;

  NotWarmException(Path file, String reason) {
    super(file, reason);
  }
}
