package dev.offramp.trainer;

import java.nio.file.Path;

/** Training that was asked to stop before its end; the same settings resume it. */
public final class TrainingInterruptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingInterruptedException(long step, long steps, Path state) {
    super(
        "stopped after step %d of %d (start again with the same settings to resume from %s)"
            .formatted(step, steps, state));
  }
}
