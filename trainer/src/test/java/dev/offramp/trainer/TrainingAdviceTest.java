package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever trains is told of signals that cannot be calibrated. */
final class TrainingAdviceTest {
  @TempDir Path directory;

  @Test
  void train_signalsFurtherApartThanTheMargin_advisesNothing() {
    assertThat(adviceAtMargin(0.01)).isEmpty();
  }

  @Test
  void train_marginOutOfReach_advisesInTheSecondHalfOfTheEpochs() {
    // Signals lie between 0 and 1.
    assertThat(adviceAtMargin(1000))
        .hasSize(2)
        .allSatisfy(words -> assertThat(words).contains("--margin 1000", "teaches little"));
  }

  private List<String> adviceAtMargin(double margin) {
    var advice = new ArrayList<String>();
    Trainer.train(
        withMargin(TinyData.lesson(directory, "mine"), margin), // Four epochs.
        new TrainingListener() {
          @Override
          public void epochEnded(EpochEnded event) {
            event.advice().ifPresent(advice::add);
          }
        });
    return advice;
  }

  private static TrainerSettings withMargin(TrainerSettings s, double margin) {
    CoseeSettings cosee = s.cosee();
    return new TrainerSettings(
        s.data(),
        s.out(),
        s.network(),
        s.schedule(),
        s.regularization(),
        s.objective(),
        new CoseeSettings(
            cosee.signal(),
            cosee.betaEnd(),
            cosee.thresholdDraws(),
            cosee.alpha(),
            margin,
            cosee.temperature()),
        s.distillation(),
        s.seed(),
        s.threads(),
        s.saveEvery());
  }
}
