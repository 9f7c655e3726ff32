package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.TestArtifacts;
import dev.offramp.server.audit.TierMoves;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ColdRegistry;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.PatienceRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiers of {@link TestArtifacts}: full, x2 (agrees on 97 %), x3 (90 %), risk0.1 (3.5x). */
class AppliedRuleTest {

  @TempDir Path temporary;

  private final AtomicLong clock = new AtomicLong();
  private final Engine engine =
      new Engine(
          new EngineSettings(1, new BatchLimits(64, 8), Duration.ofSeconds(60)), System::nanoTime);
  private final ModelRegistry registry = ColdRegistry.of(engine, TestArtifacts.REFERENCE);
  private ServedModel model;

  @BeforeEach
  void load() {
    model = registry.load(TestArtifacts.write(temporary.resolve("a"), "sst2", "1"));
  }

  @AfterEach
  void close() {
    registry.close();
    engine.close();
  }

  /** A brown-out that has risen to a level. */
  private BrownOut at(int level) {
    var brownOut = new BrownOut(Duration.ZERO, () -> Duration.ofNanos(1), clock::get);
    brownOut.level(level, Duration.ZERO); // That it is hot is seen now, and from now on counts.
    for (int i = 0; i < level; i++) {
      clock.addAndGet(Duration.ofMillis(200).toNanos());
      brownOut.level(level, Duration.ZERO);
    }
    return brownOut;
  }

  private AppliedRule apply(ClassifyRequest.Builder request, int level) {
    return apply(request, level, TierMoves.NONE);
  }

  private AppliedRule apply(ClassifyRequest.Builder request, int level, TierMoves moves) {
    return AppliedRule.of(request.build(), model, at(level), () -> Duration.ofSeconds(1), moves);
  }

  private static ClassifyRequest.Builder tier(String name) {
    return ClassifyRequest.newBuilder().setTier(name);
  }

  @Test
  void of_requestWithoutBounds_isNeverMoved() {
    AppliedRule applied = apply(tier("full"), 8);
    assertThat(applied.tier()).isEqualTo("full");
    assertThat(applied.brownedOut()).isFalse();
  }

  @Test
  void of_minTier_goesAsFarAsTheLevelAndNoFurtherThanThat() {
    assertThat(apply(tier("full").setMinTier("x3"), 0).tier()).isEqualTo("full");
    assertThat(apply(tier("full").setMinTier("x3"), 1).tier()).isEqualTo("x2");
    AppliedRule applied = apply(tier("full").setMinTier("x3"), 5);
    assertThat(applied.tier()).isEqualTo("x3");
    assertThat(applied.brownedOut()).isTrue();
    assertThat(applied.rule()).isEqualTo(model.manifest().tiers().find("x3").orElseThrow().rule());
    assertThat(apply(tier("x3").setMinTier("x3"), 5).brownedOut()).isFalse();
  }

  @Test
  void of_maxDisagreement_leavesOutTiersThatDisagreeMore() {
    assertThat(apply(tier("full").setMaxDisagreement(0.05), 5).tier()).isEqualTo("x2");
    assertThat(apply(tier("full").setMaxDisagreement(0), 5).tier()).isEqualTo("full");
  }

  @Test
  void of_tierThatWasMovedBack_isTheSaferOne_andStaysThere() {
    TierMoves moves =
        (served, tier) ->
            tier.name().equals("x3") ? served.manifest().tiers().find("x2").orElseThrow() : tier;
    AppliedRule applied = apply(tier("x3").setMaxDisagreement(1), 5, moves);
    assertThat(applied.tier()).isEqualTo("x2");
    assertThat(applied.rule()).isEqualTo(model.manifest().tiers().find("x2").orElseThrow().rule());
    assertThat(applied.movedBack()).isTrue();
    assertThat(applied.brownedOut()).isFalse();
    assertThat(apply(tier("x2"), 0, moves).movedBack()).isFalse();
    // Nor does a want of time lead to it.
    assertThat(apply(tier("full").setMinTier("x3"), 5, moves).tier()).isEqualTo("x2");
  }

  @Test
  void of_boundsThatMakeNoSense_areRefusedWithTheField() {
    assertThatThrownBy(() -> apply(tier("x3").setMinTier("x2"), 1))
        .isInstanceOf(Refusal.class)
        .hasMessageContainingAll("min_tier: 'x2'", "expected");
    assertThatThrownBy(() -> apply(tier("full").setMinTier("x9"), 1))
        .hasMessageContainingAll("min_tier: 'x9'", "known to");
    assertThatThrownBy(() -> apply(tier("full").setMaxDisagreement(Double.NaN), 1))
        .hasMessageContainingAll("max_disagreement: NaN", "expected: 0 to 1");
    var rule =
        ClassifyRequest.newBuilder()
            .setExitRule(
                ExitRule.newBuilder().setPatience(PatienceRule.newBuilder().setPatience(1)))
            .setMinTier("x2");
    assertThatThrownBy(() -> apply(rule, 1)).hasMessageContaining("exit_rule");
  }
}
