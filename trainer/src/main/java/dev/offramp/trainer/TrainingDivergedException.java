package dev.offramp.trainer;

import java.nio.file.Files;
import java.nio.file.Path;

/** A number of a training run that stopped being finite; nothing saved before is touched. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String what) {
    super(what + " (expected: a finite number; lower the learning rate or lengthen the warm-up)");
  }

  private TrainingDivergedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same, telling the step and what is kept. */
  TrainingDivergedException at(long step, long steps, Path state) {
    String kept =
        Files.exists(state) ? "The state saved before is kept in " + state : "No state was saved";
    return new TrainingDivergedException(
        "step %d of %d: %s. %s.".formatted(step, steps, getMessage(), kept), this);
  }
}
