package dev.offramp.trainer;

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

  /** The same, telling the step. */
  TrainingDivergedException at(long step, long steps) {
    return new TrainingDivergedException(
        "step %d of %d: %s".formatted(step, steps, getMessage()), this);
  }

  /** The same, telling where the model is as it was saved last, which gives finite numbers. */
  TrainingDivergedException keeping(long step, Path model, Path directory) {
    return new TrainingDivergedException(
        "%s. The model after step %d, the last that was saved, is in %s; to train anew with other settings, delete %s or choose another --out."
            .formatted(getMessage(), step, model, directory),
        this);
  }

  /** The same, telling that nothing that was saved is of use. */
  TrainingDivergedException keepingNothing(Path directory) {
    return new TrainingDivergedException(
        "%s. No model of this run is of use; to train anew with other settings, delete %s or choose another --out."
            .formatted(getMessage(), directory),
        this);
  }
}
