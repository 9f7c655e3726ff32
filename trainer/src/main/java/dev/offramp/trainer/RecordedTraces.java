package dev.offramp.trainer;

import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.exit.ExitSignal;
import java.util.Optional;

/**
 * A model's traces over a file's texts, and what they are traces of.
 *
 * @param evaluation the traces, with labels where the file had them
 * @param source the file's name, for people
 * @param textsSha256 the digest of the file's bytes, in hexadecimal
 * @param checkpointSha256 the digest of the checkpoint, see {@code Checkpoint.sha256}
 * @param precision the arithmetic in which they were computed
 * @param metric what the task of the texts asks for
 * @param trainedBy what the checkpoint was trained by, where it says so
 */
public record RecordedTraces(
    Evaluation evaluation,
    String source,
    String textsSha256,
    String checkpointSha256,
    String precision,
    Metric metric,
    Optional<TrainedBy> trainedBy) {

  /** The arithmetic of the trainer's own model. */
  public static final String FLOAT32 = "float32";

  /** Traces of a task that asks for accuracy, by a model that says nothing of its training. */
  public RecordedTraces(
      Evaluation evaluation,
      String source,
      String textsSha256,
      String checkpointSha256,
      String precision) {
    this(
        evaluation,
        source,
        textsSha256,
        checkpointSha256,
        precision,
        Metric.ACCURACY,
        Optional.empty());
  }

  /** The signal that the model is to leave by, unless someone says otherwise. */
  public ExitSignal signal() {
    return trainedBy.map(TrainedBy::signal).orElse(ExitSignal.ENERGY);
  }

  /** That signal's temperature. */
  public double temperature() {
    return trainedBy.map(TrainedBy::temperature).orElse(ExitSignal.DEFAULT_TEMPERATURE);
  }
}
