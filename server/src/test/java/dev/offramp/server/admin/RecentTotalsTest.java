package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.state.Totals;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reading takes a hundred nanoseconds here. */
class RecentTotalsTest {

  private final Experiment experiment = new Definition("e").make();
  private long clock;
  private long readings;
  private boolean away;

  private final RecentTotals recent =
      new RecentTotals(
          _ -> {
            if (away) {
              throw new IllegalStateException("away");
            }
            clock += 100;
            return new Totals(Map.of(), ++readings);
          },
          () -> clock);

  @Test
  void of_askedAgainAndAgain_readsOneTwentiethOfTheTime() {
    for (; clock < 100_000; clock += 10) {
      var _ = recent.of(experiment);
    }
    assertThat(100 * readings).isBetween(4_000L, 5_000L);
    assertThat(recent.of(experiment).crossed()).isEqualTo(readings);
  }

  @Test
  void of_anotherDefinition_isReadAtOnce() {
    assertThat(recent.of(experiment).crossed()).isEqualTo(1);
    assertThat(recent.of(experiment).crossed()).isEqualTo(1);
    assertThat(recent.of(experiment.withCoverage(0.5)).crossed()).isEqualTo(2);
    assertThat(recent.of(new Definition("other").make()).crossed()).isEqualTo(3);
  }

  @Test
  void of_readingFails_isTriedAgain() {
    away = true;
    assertThatThrownBy(() -> recent.of(experiment)).hasMessage("away");
    away = false;
    assertThat(recent.of(experiment).crossed()).isEqualTo(1);
  }
}
