package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class RecentLossTest {
  @Test
  void note_theFirstOfAStart_isTheLossItself() {
    var recent = new RecentLoss();
    note(recent, 4);
    assertThat(recent.total).isEqualTo(4);
    note(recent, 2);
    assertThat(recent.total).isEqualTo(3);
    assertThat(recent.crossEntropy).isEqualTo(6);
    assertThat(recent.calibration).isEqualTo(9);
  }

  @Test
  void note_manyOfAnother_forgetsTheFirst() {
    var recent = new RecentLoss();
    note(recent, 100);
    for (int i = 0; i < 1000; i++) {
      note(recent, 1);
    }
    assertThat(recent.total).isCloseTo(1, within(1e-6));
  }

  @Test
  void take_ofAMean_beginsAnew() {
    var mean = new Mean();
    assertThat(mean.take()).isZero();
    mean.note(1);
    mean.note(4);
    assertThat(mean.take()).isEqualTo(2.5);
    mean.note(7);
    assertThat(mean.take()).isEqualTo(7);
  }

  /** A loss, twice as much cross-entropy, three times as much calibration. */
  private static void note(RecentLoss recent, double value) {
    try (NDManager manager = PyTorch.newManager()) {
      recent.note(
          new Objective.Loss(
              manager.create((float) value), value, 2 * value, 3 * value, SignalRange.UNIT));
    }
  }
}
