package dev.offramp.trainer;

import java.nio.file.Path;

/** A number of a training run that stopped being finite; nothing saved before is touched. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  TrainingDivergedException(String what) {
    super(what + " (expected: a finite number; lower the learning rate or lengthen the warm-up)");
    this.reason = what;
  }

  private TrainingDivergedException(String message, String reason, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The number, and of which step, but nothing of files or remedies. */
  public String reason() {
    return reason;
  }

  /** The same, telling the step. */
  TrainingDivergedException at(long step, long steps) {
    String at = "step %d of %d: ".formatted(step, steps);
    return new TrainingDivergedException(at + getMessage(), at + reason, this);
  }

  /** The same, telling where the model is as it was saved last, which gives finite numbers. */
  TrainingDivergedException keeping(long step, Path model, Path directory) {
    return new TrainingDivergedException(
        "%s. The model after step %d, the last that was saved, is in %s; to train anew with other settings, delete %s or choose another --out."
            .formatted(getMessage(), step, model, directory),
        reason,
        this);
  }

  /** The same, telling that nothing that was saved is of use. */
  TrainingDivergedException keepingNothing(Path directory) {
    return new TrainingDivergedException(
        "%s. No model of this run is of use; to train anew with other settings, delete %s or choose another --out."
            .formatted(getMessage(), directory),
        reason,
        this);
  }
}
