package dev.offramp.trainer.study;

import dev.offramp.trainer.CoseeSettings;
import dev.offramp.trainer.Distillation;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.report.RuleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A study of COSEE and the plain sum that takes seconds. */
final class TinyStudy {
  static StudyPlan plan(Path directory, long seed, int epochs, Long... seeds) throws IOException {
    Path train = texts(directory.resolve("train.tsv"), 64, new Random(seed));
    Path dev = texts(directory.resolve("dev.tsv"), 24, new Random(seed + 1));
    var settings =
        new TrainerSettings(
            new TrainerSettings.Data(train, Optional.empty(), 0),
            directory.resolve("unused"),
            new TrainerSettings.Network(Optional.empty(), 3, 16, 2, 32, 60, 16),
            new TrainerSettings.Schedule(epochs, 16, 5e-3, 0.1, 0.01, 1, 0.9),
            TrainerSettings.Regularization.defaults(),
            ObjectiveKind.COSEE,
            CoseeSettings.defaults(),
            Distillation.NONE,
            1,
            1,
            Duration.ofMinutes(1));
    return new StudyPlan(
        List.of(new StudyPlan.DataSet("tiny", train, dev)),
        List.of(ObjectiveKind.COSEE, ObjectiveKind.SUM),
        List.of(seeds),
        settings,
        RuleKind.ENERGY,
        21);
  }

  static Path texts(Path file, int rows, Random random) throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < rows; i++) {
      boolean good = random.nextBoolean();
      lines.add(
          "the film number %d was %s\t%d"
              .formatted(random.nextInt(9), good ? "great" : "awful", good ? 1 : 0));
    }
    return Files.write(file, lines);
  }

  /** The same with other settings of COSEE. */
  static StudyPlan with(StudyPlan plan, CoseeSettings cosee) {
    TrainerSettings settings = plan.settings();
    return new StudyPlan(
        plan.sets(),
        plan.objectives(),
        plan.seeds(),
        new TrainerSettings(
            settings.data(),
            settings.out(),
            settings.network(),
            settings.schedule(),
            settings.regularization(),
            settings.objective(),
            cosee,
            settings.distillation(),
            settings.seed(),
            settings.threads(),
            settings.saveEvery()),
        plan.rule(),
        plan.points());
  }

  private TinyStudy() {}
}
