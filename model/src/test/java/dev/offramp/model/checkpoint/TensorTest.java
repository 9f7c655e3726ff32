package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TensorTest {
  @Test
  void of_valuesThatFillTheShape_isTheTensor() {
    assertThat(Tensor.of(new float[6], 2, 3).shape()).containsExactly(2, 3);
    assertThat(Tensor.of(new float[1]).shape()).isEmpty();
  }

  @Test
  void of_valuesThatDoNot_isRefused() {
    assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("values: 5 (expected: 6 for shape [2, 3])");
  }

  @Test
  void of_shapeWhoseProductOverflowsToTheCount_isRefused() {
    // 2^30 * 2^30 * 2^4 = 2^64, which is 0 in a long.
    assertThatThrownBy(() -> new Tensor(List.of(1 << 30, 1 << 30, 1 << 4), new float[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void of_negativeExtents_areRefused() {
    assertThatThrownBy(() -> Tensor.of(new float[6], -2, -3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape: [-2, -3] (expected: extents >= 0)");
  }
}
