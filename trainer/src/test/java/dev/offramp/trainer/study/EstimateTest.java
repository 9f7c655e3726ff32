package dev.offramp.trainer.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EstimateTest {
  @Test
  void estimate_byHand_isStudentsInterval() {
    Estimate three = Estimate.of(1, 2, 3);
    assertThat(three.mean()).isEqualTo(2);
    assertThat(three.deviation()).isEqualTo(1);
    // The 97.5 % quantile of Student's t with 2 degrees of freedom is 4.3027.
    assertThat(three.margin()).isCloseTo(4.3027 / Math.sqrt(3), within(1e-4));
    assertThat(three.isClear()).isFalse();
    assertThat(Estimate.of(10, 11, 12).isClear()).isTrue();
    assertThat(Estimate.of(5).margin()).isNaN();
    assertThat(Estimate.of(5).isClear()).isFalse();
  }
}
