package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LayerCostTest {

  @Test
  void nanos_nothingRan_isZero() {
    assertThat(new LayerCost().nanos(100)).isZero();
    assertThat(new LayerCost().tokensAtShare(0.05)).isOne();
  }

  @Test
  void note_stepsOfManySizes_findsBothParts() {
    var cost = new LayerCost();
    var random = new Random(3);
    for (int i = 0; i < 500; i++) {
      int tokens = 1 + random.nextInt(512);
      cost.note(tokens, 640_000 + 55_000L * tokens);
    }
    assertThat(cost.fixedNanos()).isCloseTo(640_000, within(1_000.0));
    assertThat(cost.nanosPerToken()).isCloseTo(55_000, within(10.0));
    assertThat(cost.tokensAtShare(0.05)).as("19 times 640 / 55").isBetween(220, 223);
  }

  @Test
  void note_oneSizeOnly_isExactThere() {
    var cost = new LayerCost();
    for (int i = 0; i < 20; i++) {
      cost.note(32, 1_000_000);
    }
    assertThat(cost.nanos(32)).isCloseTo(1_000_000, within(1.0));
  }

  @Test
  void note_machineSlowsDown_followsIt() {
    var cost = new LayerCost();
    for (int i = 0; i < 1_000; i++) {
      int tokens = 1 + i % 64;
      cost.note(tokens, (i < 500 ? 1 : 2) * (1_000 + 100L * tokens));
    }
    assertThat(cost.nanos(64)).isCloseTo(2 * 7_400, within(200.0));
  }

  @Test
  void note_stepWasInterrupted_countsAsALimitedOne() {
    var cost = new LayerCost();
    for (int i = 0; i < 200; i++) {
      int tokens = 1 + i % 64;
      cost.note(tokens, 1_000 + 100L * tokens);
    }
    double before = cost.nanos(64);
    cost.note(64, 10_000_000_000L);
    assertThat(cost.nanos(64)).isLessThan(1.5 * before);
  }
}
