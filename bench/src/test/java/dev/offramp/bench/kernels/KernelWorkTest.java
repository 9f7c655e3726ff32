package dev.offramp.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The numbers of the roofline, counted by hand. */
final class KernelWorkTest {
  /** Hidden size 8, two heads, feed-forward 16, three classes. */
  private static final ModelConfig CONFIG =
      new ModelConfig(1, 8, 2, 16, 31, 16, 2, 1e-12, List.of("a", "b", "c"));

  private static final TokenBatch BATCH = new TokenBatch(List.of(2, 3));

  @Test
  void qkv_countsTheProductTwiceAndItsOperandsOnce() {
    // 5 rows in of 8 floats, 5 out of 24, 8 x 24 weights, 24 biases.
    assertThat(of(KernelNames.QKV, Precision.FLOAT32))
        .isEqualTo(new KernelWork(2 * 5 * 8 * 24, 4 * (5 * 8 + 5 * 24 + 8 * 24 + 24)));
  }

  @Test
  void weights_countInTheWidthOfThePrecision() {
    assertThat(of(KernelNames.QKV, Precision.BF16).bytes())
        .isEqualTo(4 * (5 * 8 + 5 * 24 + 24) + 2 * 8 * 24);
    // Biases, scales and corrections.
    assertThat(of(KernelNames.QKV, Precision.INT8).bytes())
        .isEqualTo(4 * (5 * 8 + 5 * 24 + 3 * 24) + 8 * 24);
  }

  @Test
  void attention_countsThePairsOfEachSequence() {
    // Scores and their mix: two products of 8 numbers for each of 4 + 9 pairs.
    assertThat(of(KernelNames.ATTENTION, Precision.FLOAT32))
        .isEqualTo(new KernelWork(2 * 2 * 8 * (4 + 9), 4 * (5 * 24 + 5 * 8 + 3)));
  }

  @Test
  void feedForwardDown_addsResidualAndNorm() {
    assertThat(of(KernelNames.FFN_DOWN, Precision.FLOAT32))
        .isEqualTo(
            new KernelWork(
                2 * 5 * 16 * 8 + 8 * 5 * 8, 4 * (5 * 16 + 5 * 8 + 16 * 8 + 8 + 5 * 8 + 2 * 8)));
  }

  @Test
  void exitHead_countsPoolerAndClassifierOfEachSequence() {
    // In: 2 rows of 8, the offsets, both weights and biases. Out: 2 x 3 logits.
    assertThat(of(KernelNames.EXIT_HEAD, Precision.FLOAT32))
        .isEqualTo(
            new KernelWork(
                2 * 2 * 8 * 8 + 2 * 2 * 8 * 3, 4 * (2 * 8 + 3 + 8 * 8 + 8 + 8 * 3 + 3 + 2 * 3)));
  }

  @Test
  void compact_movesEachRowInAndOut() {
    assertThat(of(KernelNames.COMPACT, Precision.FLOAT32))
        .isEqualTo(new KernelWork(5 * 8, 4 * (2 * 5 * 8 + 5)));
  }

  @Test
  void embed_readsThreeRowsAndWritesOne() {
    assertThat(of(KernelNames.EMBED, Precision.FLOAT32))
        .isEqualTo(new KernelWork(9 * 5 * 8, 4 * (4 * 5 * 8 + 3 * 5 + 2 * 8)));
  }

  @Test
  void intensity_isOperationsForEachByte() {
    assertThat(new KernelWork(6, 4).intensity()).isEqualTo(1.5);
  }

  @Test
  void everyKernel_hasWork() {
    for (String kernel : KernelNames.ALL) {
      for (Precision precision : Precision.values()) {
        assertThat(of(kernel, precision).intensity()).as(kernel).isPositive();
      }
    }
    assertThatIllegalArgumentException().isThrownBy(() -> of("offramp_unknown", Precision.BF16));
  }

  private static KernelWork of(String kernel, Precision precision) {
    return KernelWork.of(kernel, CONFIG, BATCH, precision);
  }
}
