package dev.offramp.compiler.kernel;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.compiler.tvm.TvmException;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Arguments that would make a kernel read or write outside its buffers are refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadArgumentsTest {
  private static final int WIDTH = 64;
  private static final int ROWS = 24; // A multiple of every target's row tile.

  private KernelHarness harness;

  @BeforeAll
  void compile(@TempDir Path directory) throws IOException {
    var config = new ModelConfig(1, WIDTH, 2, 64, 10, 16, 2, 1e-12, List.of("a", "b"));
    harness = KernelHarness.of(config, KernelHarness.bestTarget(), directory, 1);
  }

  @AfterAll
  void close() {
    harness.close();
  }

  @Test
  void qkv_moreTokensThanRows_isRefused() {
    assertThatThrownBy(() -> qkv(ROWS + 1))
        .isInstanceOf(TvmException.class)
        .hasMessageContaining("tokens: more than x has rows");
  }

  @Test
  void qkv_negativeTokens_isRefused() {
    assertThatThrownBy(() -> qkv(-1))
        .isInstanceOf(TvmException.class)
        .hasMessageContaining("tokens: negative");
  }

  @Test
  void qkv_tokensThatOverflow_isRefused() {
    assertThatThrownBy(() -> qkv(Integer.MAX_VALUE))
        .isInstanceOf(TvmException.class)
        .hasMessageContaining("tokens: more than");
  }

  @Test
  void qkv_wrongWidth_isRefused() {
    assertThatThrownBy(() ->
            harness.call(
                KernelNames.QKV,
                ROWS,
                3 * WIDTH,
                1,
                harness.randomTensor(1, ROWS, WIDTH + 8),
                weights()))
        .isInstanceOf(TvmException.class)
        .hasMessageContaining("x.shape[1]");
  }

  private float[] qkv(int tokens) {
    return harness.call(
        KernelNames.QKV, ROWS, 3 * WIDTH, tokens, harness.randomTensor(1, ROWS, WIDTH), weights());
  }

  private List<Object> weights() {
    return harness.packed(
        harness.kernels.schedules().qkv(),
        harness.randomTensor(1, 3 * WIDTH, WIDTH),
        harness.randomTensor(1, 3 * WIDTH));
  }

  @Test
  void attention_offsetsBeyondTheRows_isRefused() {
    assertThatThrownBy(() -> attention(2, 0, 12, ROWS + 1))
        .hasMessageContaining("offsets: beyond the rows");
  }

  @Test
  void attention_offsetsThatDescend_isRefused() {
    assertThatThrownBy(() -> attention(2, 0, 12, 11)).hasMessageContaining("do not ascend");
    assertThatThrownBy(() -> attention(1, -3, 4)).hasMessageContaining("do not ascend");
    assertThatThrownBy(() -> attention(1, 3, 3)).hasMessageContaining("empty sequence");
  }

  @Test
  void attention_sequenceLongerThanTheModel_isRefused() {
    assertThatThrownBy(() -> attention(1, 0, 17)).hasMessageContaining("16 positions");
  }

  @Test
  void attention_moreSequencesThanOffsets_isRefused() {
    assertThatThrownBy(() -> attention(3, 0, 3, 6)).hasMessageContaining("sequences: more than");
  }

  private float[] attention(int sequences, int... offsets) {
    return harness.call(
        KernelNames.ATTENTION,
        ROWS,
        WIDTH,
        sequences,
        offsets,
        harness.randomTensor(1, ROWS, 3 * WIDTH));
  }

  @Test
  void compact_rowOutOfRange_isRefused() {
    assertThatThrownBy(() -> compact(new int[] {0, ROWS})).hasMessageContaining("rows: out of");
    assertThatThrownBy(() -> compact(new int[] {-1, 0})).hasMessageContaining("rows: out of");
  }

  private float[] compact(int[] rows) {
    return harness.call(
        KernelNames.COMPACT, ROWS, WIDTH, rows.length, rows, harness.randomTensor(1, ROWS, WIDTH));
  }

  @Test
  void embed_idOutsideTheVocabulary_isRefused() {
    int[] zeros = new int[2];
    assertThatThrownBy(() ->
            harness.call(
                KernelNames.EMBED,
                ROWS,
                WIDTH,
                2,
                new int[] {3, 10},
                zeros,
                zeros,
                harness.randomTensor(1, 10, WIDTH),
                harness.randomTensor(1, 16, WIDTH),
                harness.randomTensor(1, 2, WIDTH),
                harness.randomTensor(1, WIDTH),
                harness.randomTensor(1, WIDTH)))
        .hasMessageContaining("ids: out of range");
  }

  @Test
  void kernelSet_widthThatNoVectorDivides_isRefusedWithTheNumber() {
    var config = new ModelConfig(1, 60, 2, 64, 10, 16, 2, 1e-12, List.of("a", "b"));
    assertThatThrownBy(() -> KernelSet.of(config, harness.target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hidden_size: 60 (expected: a multiple of 8");
  }
}
