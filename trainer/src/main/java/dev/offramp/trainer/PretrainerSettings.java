package dev.offramp.trainer;

import dev.offramp.trainer.data.DataFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * All that decides the outcome of a pre-training run.
 *
 * @param data files of texts; their labels, where they have some, are not looked at
 * @param format the layout of all of them and of {@code dev}
 * @param dev texts to measure every epoch's model on; nothing is chosen by them
 * @param out the checkpoint's directory; the state that an interrupted run resumes from lies beside
 *     it, in {@code <out>.training}
 * @param network the shape of the model
 * @param schedule how long and how fast to learn
 * @param maskRate the share of tokens to guess
 * @param dropout the rate after the embeddings and every block, and on attention probabilities
 * @param seed where all chance comes from
 * @param threads parts of a batch that are computed at the same time; part of the outcome, since it
 *     orders sums and draws other dropout masks
 * @param saveEvery how much work a kill may cost, besides what the end of an epoch saves
 */
public record PretrainerSettings(
    List<Path> data,
    DataFormat format,
    Optional<Path> dev,
    Path out,
    TrainerSettings.Network network,
    TrainerSettings.Schedule schedule,
    double maskRate,
    double dropout,
    long seed,
    int threads,
    Duration saveEvery) {

  public PretrainerSettings {
    data = List.copyOf(data);
    Checked.atLeast("data files", data.size(), 1);
    Checked.positive("mask rate", maskRate);
    Checked.share("mask rate", maskRate);
    Checked.share("dropout", dropout);
    Checked.atLeast("threads", threads, 1);
    if (saveEvery.isNegative()) {
      throw new IllegalArgumentException("save every: " + saveEvery + " (expected: >= 0)");
    }
  }

  /** What decides the outcome, but for the texts. */
  String outcome() {
    return String.join(
            "; ",
            network.toString(),
            schedule.toString(),
            "mask rate " + maskRate,
            "dropout " + dropout,
            "seed " + seed,
            "threads " + threads)
        + (format == DataFormat.AUTO ? "" : "; as " + format);
  }
}
