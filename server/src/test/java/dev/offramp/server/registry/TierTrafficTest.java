package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.TestArtifacts;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TierTrafficTest {
  private final TierTraffic traffic = new TierTraffic(TestArtifacts.TIERS);

  private TierTraffic.OfTier of(String tier) {
    return traffic.tiers().stream().filter(of -> of.tier().equals(tier)).findFirst().orElseThrow();
  }

  @Test
  void tiers_nothingAnswered_hasAllOfThemAndRules() {
    assertThat(traffic.tiers())
        .extracting(TierTraffic.OfTier::tier)
        .containsSubsequence(TestArtifacts.TIERS.names())
        .endsWith(TierTraffic.RULES);
    assertThat(traffic.tiers()).allSatisfy(of -> assertThat(of.counts()).containsOnly(0L));
  }

  @Test
  void answered_upToABoundAndBeyond_countsInTheFirstBucketThatHoldsIt() {
    long[] bounds = TierTraffic.boundNanos();
    assertThat(bounds).isSorted().doesNotHaveDuplicates();
    for (long bound : bounds) {
      traffic.answered("full", false, bound);
    }
    traffic.answered("full", false, bounds[bounds.length - 1] + 1);
    assertThat(of("full").counts()).hasSize(bounds.length + 1).containsOnly(1L);
    traffic.answered("full", false, bounds[0] + 1);
    assertThat(of("full").counts().get(1)).isEqualTo(2);
    assertThat(of("full").nanos())
        .isEqualTo(Arrays.stream(bounds).sum() + bounds[bounds.length - 1] + bounds[0] + 2);
  }

  @Test
  void answered_brownedOut_isCountedAtTheTierApplied() {
    traffic.answered("full", true, 1);
    traffic.answered("full", false, 1);
    assertThat(of("full").brownedOut()).isEqualTo(1);
  }

  @Test
  void answered_byRules_countsAsThose() {
    traffic.answered("", false, TimeUnit.SECONDS.toNanos(1));
    assertThat(of(TierTraffic.RULES).nanos()).isEqualTo(TimeUnit.SECONDS.toNanos(1));
  }
}
