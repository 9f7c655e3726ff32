package dev.offramp.trainer;

/** Training whose numbers have stopped being finite; the message says which and what to change. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String what) {
    super(what + " (expected: a finite number; lower the learning rate or lengthen the warm-up)");
  }
}
