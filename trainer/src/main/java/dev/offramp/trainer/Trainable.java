package dev.offramp.trainer;

/**
 * What a step moves; all else stays as it is, and no decay takes of it either.
 *
 * @param part the parameters
 * @param update the number of this step among those that move them, from 1: an optimizer corrects
 *     its means for their start at zero by that
 */
record Trainable(Part part, long update) {
  /** The parameters that a step moves. */
  enum Part {
    /** All of them. */
    ALL,
    /** The classifiers of all exits but the last. */
    INTERNAL_EXITS,
    /** All but those: the backbone and the last exit. */
    ALL_BUT_INTERNAL_EXITS
  }

  Trainable {
    if (update < 1) {
      throw new IllegalArgumentException("update: %d (expected: >= 1)".formatted(update));
    }
  }

  /** Every parameter, in every step. */
  static Trainable all(Step step) {
    return new Trainable(Part.ALL, step.index() + 1);
  }
}
