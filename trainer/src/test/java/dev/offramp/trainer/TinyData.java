package dev.offramp.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A few sentences with an easy lesson in them, and settings that learn it in seconds. */
final class TinyData {
  private static final List<String> SUBJECTS =
      List.of("the film", "this story", "her song", "the second act", "every scene", "our dinner");
  private static final List<String> GOOD = List.of("delights", "shines", "charms", "amazes");
  private static final List<String> BAD = List.of("bores", "drags", "annoys", "fails");
  private static final List<String> ENDS =
      List.of("", "again", "from start to end", ", we think .");

  private TinyData() {}

  /** Writes labelled sentences; the same for the same seed. */
  static Path write(Path file, int rows, long seed) {
    var random = new Random(seed);
    var text = new StringBuilder("sentence\tlabel\n");
    for (int i = 0; i < rows; i++) {
      boolean good = i % 2 == 0;
      text.append(pick(SUBJECTS, random))
          .append(' ')
          .append(pick(good ? GOOD : BAD, random))
          .append(' ')
          .append(pick(ENDS, random))
          .append('\t')
          .append(good ? 1 : 0)
          .append('\n');
    }
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sixteen steps on 64 sentences: enough to walk every path, not to learn much. */
  static TrainerSettings settings(Path directory, String out) {
    return settings(directory, out, 64, 4, Duration.ofMinutes(1));
  }

  /** Eighty steps on 320 sentences: enough to learn the lesson. */
  static TrainerSettings lesson(Path directory, String out) {
    return lesson(directory, out, 1);
  }

  /** The same, several times over. */
  static TrainerSettings lesson(Path directory, String out, int times) {
    return settings(directory, out, 320, 4 * times, Duration.ofMinutes(1));
  }

  /** The lesson, its state saved after every step. */
  static TrainerSettings savingEveryStep(Path directory, String out) {
    return settings(directory, out, 320, 4, Duration.ZERO);
  }

  private static TrainerSettings settings(
      Path directory, String out, int rows, int epochs, Duration saveEvery) {
    Path train = directory.resolve("train.tsv");
    Path dev = directory.resolve("dev.tsv");
    if (!Files.exists(train)) {
      write(train, rows, 1);
      write(dev, 40, 2);
    }
    return new TrainerSettings(
        new TrainerSettings.Data(train, Optional.of(dev), 0),
        directory.resolve(out),
        new TrainerSettings.Network(Optional.empty(), 3, 16, 2, 32, 90, 24),
        new TrainerSettings.Schedule(epochs, 16, 5e-3, 0.1, 0.01, 1, 0.9),
        new TrainerSettings.Regularization(0.1, 0.1, 0.1, 0.05, 0.05),
        TrainerSettings.ObjectiveKind.COSEE,
        CoseeSettings.defaults(),
        Distillation.NONE,
        3,
        2,
        saveEvery);
  }

  /** Stops a run after a step, as a signal does. */
  static TrainingListener stoppingAfter(int step) {
    return new TrainingListener() {
      @Override
      public void stepped(Stepped event) {
        if (event.step() == step) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }

  private static String pick(List<String> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }
}
