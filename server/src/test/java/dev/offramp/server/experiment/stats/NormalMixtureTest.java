package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.apache.commons.math3.analysis.integration.SimpsonIntegrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NormalMixtureTest {
  private final NormalMixture mixture = new NormalMixture(0.05);

  @Test
  void twoSided_byHand_isThePublishedFormula() {
    // rho = sqrt((-2 ln 0.05 + ln(-2 ln 0.05 + 1)) / 5000) = sqrt((5.99146 + 1.94469) / 5000).
    double rho = Math.sqrt((5.99146 + 1.94469) / 5_000);
    long n = 2_000;
    double time = n * rho * rho;
    double expected =
        Math.sqrt(2 * (time + 1) * Math.log(Math.sqrt(time + 1) / 0.05) / Math.pow(n * rho, 2));
    assertThat(mixture.twoSided(n)).isCloseTo(expected, within(1e-6));
    // Against the fixed interval where it is tuned for.
    assertThat(mixture.twoSided(5_000) * Math.sqrt(5_000) / 1.959964).isCloseTo(1.55, within(0.01));
  }

  /* At the boundary the mixture over slopes, integrated numerically, is worth 1 / alpha. */
  @ParameterizedTest
  @ValueSource(longs = {60, 1_000, 5_000, 200_000})
  void bounds_areWhereTheMixtureOfSlopesMeetsTheLevel(long n) {
    double rho = Math.sqrt((5.991465 + Math.log(6.991465)) / 5_000);
    assertThat(mixtureOver(n, n * mixture.twoSided(n), rho, -9)).isCloseTo(20, within(0.01));
    assertThat(2 * mixtureOver(n, n * mixture.oneSided(n), rho, 0)).isCloseTo(20, within(0.01));
    assertThat(mixture.oneSided(n)).isLessThan(mixture.twoSided(n));
  }

  private static double mixtureOver(long n, double sum, double rho, double from) {
    return new SimpsonIntegrator(1e-9, 1e-12, 5, 30)
        .integrate(
            10_000_000,
            z -> {
              double slope = rho * z;
              return Math.exp(slope * sum - slope * slope * n / 2 - z * z / 2)
                  / Math.sqrt(2 * Math.PI);
            },
            from,
            9);
  }

  @Test
  void widths_ofNothing_areInfinite_andBadSettingsRefused() {
    assertThat(mixture.twoSided(0)).isInfinite();
    assertThat(mixture.oneSided(0)).isInfinite();
    assertThatThrownBy(() -> new NormalMixture(0)).hasMessageContaining("alpha: 0.0");
    assertThatThrownBy(() -> new NormalMixture(0.05, 0)).hasMessageContaining("tuned for: 0.0");
  }
}
