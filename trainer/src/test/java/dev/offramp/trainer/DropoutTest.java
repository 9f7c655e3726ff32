package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
  private static final int MANY = 100_000;
  private static final long SEED = 17;

  private static float[] dropped(double rate, long seed, int size) {
    try (NDManager manager = PyTorch.newManager()) {
      var dropout = new Dropout(new Dropout.Rates(rate, 0, 0), seed);
      return dropout.hidden(manager.ones(new Shape(size))).toFloatArray();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.1, 0.5, 0.9})
  void hidden_manyValues_dropsTheShareAndKeepsTheMean(double rate) {
    float[] values = dropped(rate, SEED, MANY);
    int zeros = 0;
    double farthest = 0;
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
      farthest = Math.max(farthest, value == 0 ? 0 : Math.abs(value * (1 - rate) - 1));
    }
    assertThat((double) zeros / MANY)
        .isCloseTo(rate, within(5 * Math.sqrt(rate * (1 - rate) / MANY)));
    assertThat(farthest).as("what stays is divided by its share").isLessThan(1e-4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 1023})
  void hidden_anySize_isTheBeginningOfALongerOne(int size) {
    assertThat(dropped(0.5, SEED, 1024)).startsWith(dropped(0.5, SEED, size));
  }

  @Test
  void hidden_neighbours_areIndependent() {
    float[] values = dropped(0.5, SEED, MANY);
    for (int distance = 1; distance <= 8; distance++) {
      int alike = 0;
      for (int i = distance; i < MANY; i++) {
        alike += values[i] == values[i - distance] ? 1 : 0;
      }
      assertThat((double) alike / (MANY - distance))
          .as("at distance %d", distance)
          .isCloseTo(0.5, within(5 * 0.5 / Math.sqrt(MANY)));
    }
  }

  @Test
  void uses_sameSeed_areTheSameAndOneAfterTheOtherDiffer() {
    try (NDManager manager = PyTorch.newManager()) {
      var rates = new Dropout.Rates(0.5, 0.5, 0.5);
      NDArray ones = manager.ones(new Shape(8, 8));
      var one = new Dropout(rates, SEED);
      var two = new Dropout(rates, SEED);
      float[] first = one.hidden(ones).toFloatArray();
      float[] second = one.attention(ones).toFloatArray();
      assertThat(two.hidden(ones).toFloatArray()).isEqualTo(first);
      assertThat(two.attention(ones).toFloatArray()).isEqualTo(second);
      assertThat(second).isNotEqualTo(first);
      assertThat(new Dropout(rates, SEED + 1).hidden(ones).toFloatArray()).isNotEqualTo(first);
    }
  }

  @Test
  void none_isTheArrayItself() {
    try (NDManager manager = PyTorch.newManager()) {
      NDArray ones = manager.ones(new Shape(3));
      assertThat(Dropout.none().hidden(ones)).isSameAs(ones);
    }
  }
}
