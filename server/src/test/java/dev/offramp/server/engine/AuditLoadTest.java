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

  private static VirtualLoad at(double load, long seed, double meanDepth) {
    return new VirtualLoad(seed, meanDepth, load, Duration.ZERO);
  }

  @ParameterizedTest
  @CsvSource({"1, 6, 0.01", "2, 3, 0.01", "3, 6, 0.05", "4, 3, 0.1"})
  void audits_atCapacity_takeAHundredth(long seed, double meanDepth, double share) {
    VirtualLoad.Result without = saturated(seed, meanDepth).run();
    VirtualLoad.Result with = saturated(seed, meanDepth).withAudits(share).run();
    assertThat(with.audits).isPositive().isEqualTo(with.auditsOffered);
    assertThat((double) with.byRule / without.byRule)
        .as("answers with audits over answers without")
        .isGreaterThan(0.98);
    assertThat((double) with.quantileNanos(0.99) / without.quantileNanos(0.99))
        .as("p99 with audits over that without")
        .isLessThan(1.06);
  }

  @ParameterizedTest
  @CsvSource({"1, 6, 0.05", "2, 3, 0.05", "3, 3, 0.1"})
  void audits_moreThanAHundredthHasTimeFor_areDroppedAndNoCallerIs(
      long seed, double meanDepth, double share) {
    VirtualLoad.Result with = saturated(seed, meanDepth).withAudits(share).run();
    assertThat(with.auditsRefused).isGreaterThan(with.audits);
    assertThat(with.audits).isEqualTo(with.auditsOffered);
    assertThat(with.refused).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 6, 0.5, 1.01, 1.03",
    "2, 3, 0.5, 1.01, 1.03",
    "3, 6, 0.8, 1.03, 1.03",
    "4, 3, 0.8, 1.03, 1.03",
    "5, 6, 0.9, 1.03, 1.05",
    "6, 3, 0.9, 1.10, 1.15",
  })
  void audits_belowCapacity_holdNobodyUp(
      long seed, double meanDepth, double load, double mean, double p99) {
    VirtualLoad.Result without = at(load, seed, meanDepth).run();
    VirtualLoad.Result with = at(load, seed, meanDepth).withAudits(0.01).run();
    assertThat(with.audits).isPositive().isEqualTo(with.auditsOffered);
    assertThat(with.refused).isZero();
    assertThat((double) with.totalNanos / without.totalNanos)
        .as("mean latency with audits over that without")
        .isLessThan(mean);
    assertThat((double) with.quantileNanos(0.99) / without.quantileNanos(0.99))
        .as("p99 with audits over that without")
        .isLessThan(p99);
  }

  @ParameterizedTest
  @CsvSource({"1, 6", "2, 3"})
  void audits_halfTheLoad_allRunInBetween(long seed, double meanDepth) {
    VirtualLoad.Result with = at(0.5, seed, meanDepth).withAudits(0.01).run();
    assertThat(with.auditsRefused).isZero();
  }
}
