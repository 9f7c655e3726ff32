package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.TestArtifacts;
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
    assertThat(traffic.tiers()).allSatisfy(of -> assertThat(of.times().nanos()).isZero());
  }

  @Test
  void answered_tierThatThereIs_countsHowLongItTook() {
    traffic.answered("full", false, 1);
    traffic.answered("full", false, TimeUnit.SECONDS.toNanos(60));
    assertThat(of("full").times().counts()).startsWith(1L, 0L).endsWith(0L, 1L);
    assertThat(of("full").times().nanos()).isEqualTo(TimeUnit.SECONDS.toNanos(60) + 1);
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
    assertThat(of(TierTraffic.RULES).times().nanos()).isEqualTo(TimeUnit.SECONDS.toNanos(1));
  }
}
