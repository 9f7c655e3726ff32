package dev.offramp.trainer.study;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.data.DataFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * All that decides the traces of a study's runs, in words: texts and start by what their files hold
 * now, whatever these are called. By what traces are compared is no part of it.
 */
final class Described {
  private final StudyPlan plan;
  private final String start;
  private final Map<String, String> texts = new HashMap<>();

  /** Reads all that the plan names. */
  Described(StudyPlan plan) throws IOException {
    this.plan = plan;
    Optional<Path> from = plan.settings().network().from();
    this.start = from.isEmpty() ? "" : " of " + Checkpoint.sha256(from.get());
    for (StudyPlan.DataSet set : plan.sets()) {
      texts.put(
          set.name(),
          "train %s, dev %s%s"
              .formatted(
                  Sha256Sums.sha256(set.train()), Sha256Sums.sha256(set.dev()), as(set.format())));
    }
  }

  /** A run's. */
  String of(StudyPlan.Cell cell) {
    TrainerSettings settings = plan.settings();
    return String.join(
        "; ",
        texts.getOrDefault(cell.set().name(), ""),
        Trainer.scheme(cell.objective()),
        settings.network().words() + start,
        settings.schedule().toString(),
        settings.regularization().toString(),
        ofItsOwn(cell.objective(), settings),
        settings.distillation().toString(),
        "threads " + settings.threads());
  }

  /* The others look at none of COSEE's settings, but say by which signal they are to be judged. */
  private static String ofItsOwn(ObjectiveKind objective, TrainerSettings settings) {
    return switch (objective) {
      case COSEE, COSEE_WITHOUT_OSC, COSEE_WITHOUT_SWM -> settings.cosee().toString();
      case SUM, DEPTH_WEIGHTED, TWO_STAGE, ALTERNATING ->
          "signal %s at %s".formatted(settings.cosee().signal(), settings.cosee().temperature());
    };
  }

  private static String as(DataFormat format) {
    return format == DataFormat.AUTO ? "" : " as " + format;
  }
}
