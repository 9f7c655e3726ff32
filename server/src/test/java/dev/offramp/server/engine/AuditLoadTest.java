package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Texts that are run on to full depth once they are answered, in virtual time. {@link VirtualLoad}
 * fails if a batch holds an audit and a text that somebody waits for.
 */
class AuditLoadTest {
  private static final int IN_FLIGHT = 64;

  private static VirtualLoad saturated(long seed, double meanDepth) {
    return new VirtualLoad(seed, meanDepth, 1, Duration.ZERO).withInFlight(IN_FLIGHT);
  }

  @ParameterizedTest
  @CsvSource({"1, 6, 0.01", "2, 3, 0.01", "3, 6, 0.05", "4, 3, 0.1"})
  void audits_atCapacity_costWhatTheirLayersCost(long seed, double meanDepth, double share) {
    VirtualLoad.Result without = saturated(seed, meanDepth).run();
    VirtualLoad.Result with = saturated(seed, meanDepth).withAudits(share).run();
    double layers = with.byRule * meanDepth;
    assertThat(with.audits).isPositive().isEqualTo(with.auditsOffered);
    assertThat((double) with.byRule / without.byRule)
        .as("answers with audits over answers without")
        .isGreaterThan(layers / (layers + with.auditLayers) - 0.01);
  }

  @ParameterizedTest
  @CsvSource({"1, 6", "2, 3"})
  void audits_halfTheLoad_runInBetweenAndHoldNobodyUp(long seed, double meanDepth) {
    VirtualLoad.Result without = new VirtualLoad(seed, meanDepth, 0.5, Duration.ZERO).run();
    VirtualLoad.Result with =
        new VirtualLoad(seed, meanDepth, 0.5, Duration.ZERO).withAudits(0.01).run();
    assertThat(with.audits).isPositive().isEqualTo(with.auditsOffered);
    assertThat(with.auditsRefused).isZero();
    assertThat(with.byRule).isEqualTo(without.byRule);
    assertThat((double) with.totalNanos / without.totalNanos)
        .as("mean latency with audits over that without")
        .isLessThan(1.01);
  }
}
