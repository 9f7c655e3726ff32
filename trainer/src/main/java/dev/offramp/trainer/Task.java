package dev.offramp.trainer;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link TrainingRun} learns: texts, a model's parameters, and a loss over both.
 *
 * <p>A task holds no state of the run, so that a killed run can go on with a new one.
 */
interface Task {
  /** How many of the texts are cut to the model's length. */
  int cut();

  /** All that a saved state must have in common with this task to be of use to it. */
  String fingerprint();

  /** The tokens of each text to learn from. */
  int[] lengths();

  /** How many texts were set aside. */
  int heldOut();

  /** What is learned, and where it lies. */
  ParameterLayout layout();

  /** The parameters before the first step; they belong to {@code manager}. */
  Parameters start(NDManager manager);

  /**
   * How one batch comes to its loss. All chance is drawn from the step, and the parts' in here.
   *
   * @param batch the indices of the batch's texts
   * @param parts how many parts are wanted; a batch of fewer texts has fewer
   */
  Forward forward(int[] batch, Step step, int parts);

  /** What the step moves. */
  Trainable trainable(Step step);

  /**
   * What to tell whoever trains of an epoch, if anything.
   *
   * @param calibration the mean of {@link Objective.Loss#calibration}
   */
  default Optional<String> advice(double calibration) {
    return Optional.empty();
  }

  /** The dev texts' numbers that the listener is told after an epoch, if there are any. */
  Optional<List<Double>> measure(Parameters parameters);
}
