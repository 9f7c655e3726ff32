package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.exit.ExitSignal;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SampleWeightingTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  @Test
  void around_byHand_isTheSoftmaxOfNegativeDistances() {
    // beta 1, exit 2 of 3: exp(-1), 1, exp(-1), over their sum 1.735759.
    double sum = 1 + 2 * Math.exp(-1);
    assertThat(SampleWeighting.around(1, 3, 1))
        .containsExactly(new double[] {Math.exp(-1) / sum, 1 / sum, Math.exp(-1) / sum}, CLOSE);
    assertThat(SampleWeighting.around(1, 3, 1)[1]).isCloseTo(0.576117, within(1e-6));
  }

  @Test
  void around_betaZero_weighsAllExitsAlike() {
    assertThat(SampleWeighting.around(3, 4, 0)).containsOnly(0.25);
  }

  @Test
  void around_hugeBeta_weighsOnlyTheExitItself() {
    assertThat(SampleWeighting.around(2, 4, 1e6)).containsExactly(0, 0, 1, 0);
  }

  @Test
  void exit_signalThatIsLowWhenSure_isTheFirstBelow() {
    float[] signals = {0.5f, 0.3f, 0.1f};
    assertThat(SampleWeighting.exit(ExitSignal.ENERGY, signals, 0.6)).isEqualTo(0);
    assertThat(SampleWeighting.exit(ExitSignal.ENERGY, signals, 0.5)).isEqualTo(1);
    assertThat(SampleWeighting.exit(ExitSignal.ENERGY, signals, 0.1f)).isEqualTo(3);
  }

  @Test
  void exit_labelScore_isTheFirstAbove() {
    float[] signals = {0.5f, 0.75f, 0.9f};
    assertThat(SampleWeighting.exit(ExitSignal.LABEL_SCORE, signals, 0.6)).isEqualTo(1);
    assertThat(SampleWeighting.exit(ExitSignal.LABEL_SCORE, signals, 0.95)).isEqualTo(3);
  }

  @Test
  void weights_twoThresholds_averageTheirWeights() {
    // Signals 0.4, 0.2: threshold 0.5 leaves at exit 1, threshold 0.3 at exit 2, of 3; beta ln 2.
    // Exit 1: 1, 1/2, 1/4 over 7/4. Exit 2: 1/2, 1, 1/2 over 2.
    double[][] weights =
        SampleWeighting.weights(
            ExitSignal.ENERGY, new float[][] {{0.4f, 0.2f}}, new double[] {0.5, 0.3}, Math.log(2));
    assertThat(weights[0])
        .containsExactly(
            new double[] {
              (4 / 7.0 + 1 / 4.0) / 2, (2 / 7.0 + 1 / 2.0) / 2, (1 / 7.0 + 1 / 4.0) / 2
            },
            CLOSE);
  }

  @Test
  void beta_growsFromZeroToItsEnd() {
    var random = new Random(1);
    assertThat(SampleWeighting.beta(10, new Step(0, 200, SignalRange.UNIT, random))).isZero();
    assertThat(SampleWeighting.beta(10, new Step(50, 200, SignalRange.UNIT, random)))
        .isEqualTo(2.5);
  }
}
