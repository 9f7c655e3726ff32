package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.TrainerSettings.Data;
import dev.offramp.trainer.TrainerSettings.Network;
import dev.offramp.trainer.TrainerSettings.Regularization;
import dev.offramp.trainer.TrainerSettings.Schedule;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrainerSettingsTest {
  @Test
  void cosee_defaults_areThoseOfTheAuthorsScriptButForSignalAndBeta() {
    assertThat(CoseeSettings.defaults())
        .isEqualTo(new CoseeSettings(ExitSignal.LABEL_SCORE, 1, 5, 0.1, 0.3, 1));
  }

  @ParameterizedTest
  @MethodSource
  void constructors_valueOutsideItsRange_nameItAndWhatWasExpected(
      ThrowingCallable construction, String message) {
    assertThatThrownBy(construction)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  static Stream<Arguments> constructors_valueOutsideItsRange_nameItAndWhatWasExpected() {
    return Stream.of(
        refused(() -> network(1, 8, 2), "layers: 1 (expected: >= 2)"),
        refused(() -> network(2, 8, 3), "hidden: 8 (expected: a multiple of heads, 3)"),
        refused(() -> schedule(0, 0.1, 0), "learning rate: 0.0 (expected: > 0)"),
        refused(() -> schedule(Double.NaN, 0.1, 0), "learning rate: NaN (expected: > 0)"),
        refused(() -> schedule(1, 1, 0), "warm-up: 1.0 (expected: >= 0 and < 1)"),
        refused(() -> schedule(1, 0, -0.1), "averaging: -0.1 (expected: >= 0 and < 1)"),
        refused(
            () -> new Regularization(0, 0, 0, 1.5, 0),
            "word dropout: 1.5 (expected: >= 0 and < 1)"),
        refused(() -> new Data(Path.of("t"), Optional.empty(), -1), "holdout: -1 (expected: >= 0)"),
        refused(
            () -> new CoseeSettings(ExitSignal.ENERGY, 1, 0, 0, 0, 1),
            "threshold draws: 0 (expected: >= 1)"),
        refused(
            () -> new CoseeSettings(ExitSignal.ENERGY, 1, 1, 0, 0, 0),
            "temperature: 0.0 (expected: > 0)"));
  }

  private static Arguments refused(ThrowingCallable construction, String message) {
    return Arguments.of(construction, message);
  }

  private static Network network(int layers, int hidden, int heads) {
    return new Network(Optional.empty(), layers, hidden, heads, 8, 100, 16);
  }

  private static Schedule schedule(double learningRate, double warmUp, double averaging) {
    return new Schedule(1, 1, learningRate, warmUp, 0, 1, averaging);
  }
}
