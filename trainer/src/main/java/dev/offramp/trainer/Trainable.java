package dev.offramp.trainer;

/** The parameters that a step moves; the others stay as they are. */
enum Trainable {
  /** All of them. */
  ALL,
  /** The classifiers of all exits but the last. */
  INTERNAL_EXITS
}
