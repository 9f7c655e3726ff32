package dev.offramp.trainer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Hears how training goes.
 *
 * <p>Threading: called on the thread that trains; training waits for it.
 */
public interface TrainingListener {
  /** Hears nothing. */
  static TrainingListener none() {
    return new TrainingListener() {};
  }

  /** Called once, before the first step. */
  default void started(Started event) {}

  /** Called after every step. */
  default void stepped(Stepped event) {}

  /** Called after every epoch. */
  default void epochEnded(EpochEnded event) {}

  /**
   * Training is about to start.
   *
   * @param texts texts to learn from
   * @param cut how many of these are cut to the model's length
   * @param heldOut texts set aside
   * @param parameters numbers to learn
   * @param steps steps in all
   * @param resumedAt steps that an interrupted run has already done
   */
  record Started(int texts, int cut, int heldOut, long parameters, long steps, long resumedAt) {}

  /**
   * A step is done.
   *
   * @param epoch the epoch, from 1
   * @param step the step's number in the whole run, from 1
   * @param steps steps in all
   * @param loss the loss, an average over the last steps
   * @param crossEntropy the weighted cross-entropies in it, likewise averaged
   * @param calibration the signals' calibration before its factor, likewise averaged
   * @param signals the range of the signals that were seen in this epoch
   * @param learningRate the step's rate
   * @param left how long the rest will take at the present pace
   */
  record Stepped(
      int epoch,
      long step,
      long steps,
      double loss,
      double crossEntropy,
      double calibration,
      SignalRange signals,
      double learningRate,
      Duration left) {}

  /**
   * An epoch is done.
   *
   * @param epoch the epoch, from 1
   * @param epochs epochs in all
   * @param loss the mean loss of the epoch's steps
   * @param calibration the mean of the signals' calibration before its factor, over the epoch's
   *     steps since the run was last started; a batch without both right and wrong answers, and an
   *     objective without calibration, count as 0
   * @param signals the range of its signals
   * @param devAccuracy each exit's accuracy on the dev file, when there is one
   * @param advice what whoever trains should know of the run, such as that a part of its loss is
   *     without effect; not before half of the epochs are done
   * @param state the file that a run killed from now on resumes from
   */
  record EpochEnded(
      int epoch,
      int epochs,
      double loss,
      double calibration,
      SignalRange signals,
      Optional<List<Double>> devAccuracy,
      Optional<String> advice,
      Path state) {}
}
