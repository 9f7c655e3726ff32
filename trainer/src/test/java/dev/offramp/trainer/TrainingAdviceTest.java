package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever trains is told of signals that calibration does not bring apart. */
final class TrainingAdviceTest {
  @TempDir Path directory;

  @Test
  void train_marginThatIsReached_advisesNothing() {
    assertThat(advice(TinyData.lesson(directory, "mine"), 0.01)).isEmpty();
  }

  @Test
  void train_marginOutOfReach_advisesInTheSecondHalfOfTheEpochs() {
    // Signals lie between 0 and 1; so little is learned that every batch has wrong answers.
    assertThat(advice(TinyData.settings(directory, "mine"), 1000))
        .hasSize(2)
        .allSatisfy(words -> assertThat(words).contains("--margin 1000", "teaches little"));
  }

  @Test
  void advice_threeQuartersOfTheMarginMissing_isTheBound() {
    Objective cosee = objective(ObjectiveKind.COSEE, Distillation.NONE);
    assertThat(cosee.advice(0.75 * 0.3)).isEmpty();
    assertThat(cosee.advice(0.226))
        .hasValueSatisfying(
            words -> assertThat(words).contains("0.226", "--margin 0.3,", "--signal LABEL_SCORE"));
  }

  @Test
  void advice_byTheLabelScore_doesNotAdviseTheLabelScore() {
    var settings = new CoseeSettings(ExitSignal.LABEL_SCORE, 10, 5, 0.1, 0.3, 1);
    assertThat(new CoseeObjective(settings, 0).advice(0.3))
        .hasValueSatisfying(
            words -> assertThat(words).contains("smaller --margin").doesNotContain("--signal"));
  }

  @Test
  void advice_distilled_isThatOfWhatIsDistilled() {
    var distillation = new Distillation(1, 2);
    assertThat(objective(ObjectiveKind.COSEE, distillation).advice(0.3)).isPresent();
    assertThat(objective(ObjectiveKind.SUM, distillation).advice(0.3)).isEmpty();
  }

  @Test
  void advice_withoutCalibration_isNone() {
    assertThat(objective(ObjectiveKind.COSEE_WITHOUT_OSC, Distillation.NONE).advice(0.3)).isEmpty();
    assertThat(objective(ObjectiveKind.COSEE_WITHOUT_SWM, Distillation.NONE).advice(0.3))
        .isPresent();
  }

  private static Objective objective(ObjectiveKind kind, Distillation distillation) {
    return Objectives.of(
        kind, new CoseeSettings(ExitSignal.ENERGY, 10, 5, 0.1, 0.3, 1), distillation, 0);
  }

  private static List<String> advice(TrainerSettings settings, double margin) {
    var advice = new ArrayList<String>();
    Trainer.train(
        withMargin(settings, margin), // Four epochs.
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
