package dev.offramp.bench.training;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.trainer.CoseeSettings;
import dev.offramp.trainer.Distillation;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Whole runs of the trainer on made-up texts, timed from step to step: reading, the first steps,
 * while code is being compiled, and writing the checkpoint are left out.
 *
 * <p>Threading: one thread.
 */
final class TrainingRun {
  private static final long SEED = 1;
  private static final int WORDS = 2_000;
  private static final int CLASSES = 77;
  private static final int SHORTEST = 5;
  private static final int LONGEST = 30;

  private final Path work;
  private final TrainerSettings.Network network;
  private final int batch;
  private final int warmUp;
  private final int steps;

  /**
   * Plans runs.
   *
   * @param work an empty directory
   * @param batch texts a step
   * @param warmUp steps that are not timed
   * @param steps those that are
   */
  TrainingRun(Path work, TrainerSettings.Network network, int batch, int warmUp, int steps)
      throws IOException {
    this.work = work;
    this.network = network;
    this.batch = batch;
    this.warmUp = warmUp;
    this.steps = steps;
    Files.write(texts(), texts(batch * (warmUp + steps)));
  }

  private Path texts() {
    return work.resolve("texts.tsv");
  }

  private static List<String> texts(int count) {
    var random = new Random(SEED);
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      var line = new StringBuilder();
      for (int words = random.nextInt(SHORTEST, LONGEST + 1); words > 0; words--) {
        line.append("word").append(random.nextInt(WORDS)).append(' ');
      }
      lines.add(line.append("\tclass").append(i % CLASSES).toString());
    }
    return lines;
  }

  /** The steps a second of one run. */
  double stepsPerSecond(Contender contender) throws IOException {
    Path out = work.resolve("model");
    var clock = new Clock();
    Trainer.train(
        new TrainerSettings(
            new TrainerSettings.Data(texts(), Optional.empty(), 0),
            out,
            network,
            new TrainerSettings.Schedule(1, batch, 5e-4, 0.1, 0.01, 1, 0.999),
            TrainerSettings.Regularization.defaults(),
            contender.objective(),
            CoseeSettings.defaults(),
            Distillation.NONE,
            SEED,
            contender.threads(),
            Duration.ofHours(1)),
        clock);
    AtomicFiles.deleteTree(out);
    AtomicFiles.deleteTree(out.resolveSibling(out.getFileName() + ".training"));
    return clock.stepsPerSecond();
  }

  /** From the end of the last step that is not timed to the end of the last one. */
  private final class Clock implements TrainingListener {
    private long began;
    private long ended;

    @Override
    public void stepped(Stepped event) {
      if (event.step() == warmUp) {
        began = System.nanoTime();
      } else if (event.step() == warmUp + steps) {
        ended = System.nanoTime();
      }
    }

    double stepsPerSecond() {
      if (ended <= began) {
        throw new IllegalStateException(
            "steps: fewer than %d were made (expected: as many as texts for them)"
                .formatted(warmUp + steps));
      }
      return steps / ((ended - began) / 1e9);
    }
  }
}
