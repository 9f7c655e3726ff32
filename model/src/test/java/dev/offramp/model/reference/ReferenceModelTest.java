package dev.offramp.model.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReferenceModelTest {
  private static final long SEED = 17;
  private static final ModelConfig CONFIG = RandomModels.config(3, 12, 3, 20, 3);
  private static final Offset<Double> EXACT = within(1e-12);

  private final Random random = new Random(SEED);
  private final Checkpoint checkpoint = RandomModels.checkpoint(CONFIG, random);
  private final ReferenceModel model = new ReferenceModel(checkpoint);

  /* Abramowitz and Stegun, Handbook of Mathematical Functions, table 7.1. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.1, 0.1124629160",
    "0.5, 0.5204998778",
    "1.0, 0.8427007929",
    "1.5, 0.9661051465",
    "2.0, 0.9953222650",
    "2.5, 0.9995930480",
    "3.0, 0.9999779095",
    "3.5, 0.9999992569",
    "4.0, 0.9999999846",
    "7.0, 1"
  })
  void erf_publishedTable_isMet(double x, double expected) {
    assertThat(ReferenceModel.erf(x)).isCloseTo(expected, within(6e-11));
    assertThat(ReferenceModel.erf(-x)).isCloseTo(-expected, within(6e-11));
  }

  @Test
  void erf_whereTheMethodsMeet_isContinuousAndRising() {
    assertThat(ReferenceModel.erf(2.5)).isCloseTo(ReferenceModel.erf(Math.nextDown(2.5)), EXACT);
    double before = -1;
    for (double x = -6.5; x <= 6.5; x += 0.01) {
      assertThat(ReferenceModel.erf(x)).as("erf(%s)", x).isGreaterThanOrEqualTo(before - 1e-14);
      before = ReferenceModel.erf(x);
    }
  }

  /* x times the normal distribution function, from its published table. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 0.8413447461",
    "-1, -0.1586552539",
    "2, 1.9544997361",
    "-2, -0.0455002639",
    "0.5, 0.3457312306",
    "10, 10",
    "-10, 0"
  })
  void gelu_publishedNormalDistribution_isMet(double x, double expected) {
    assertThat(ReferenceModel.gelu(x)).isCloseTo(expected, within(1e-10));
  }

  @Test
  void gelu_tanhForm_isAnother() {
    double tanhForm = 0.5 * 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (2 + 0.044715 * 8)));

    assertThat(Math.abs(ReferenceModel.gelu(2) - tanhForm)).isGreaterThan(1e-5);
  }

  @Test
  void embed_plainNorm_hasMeanZeroAndVarianceOne() {
    var plain = new ReferenceModel(with(norms(CONFIG)));

    double[][] rows = plain.embed(RandomModels.text(CONFIG, 9, random));

    assertThat(rows).hasDimensions(9, CONFIG.hiddenSize());
    for (double[] row : rows) {
      assertThat(Arrays.stream(row).sum()).isCloseTo(0, within(1e-10));
      assertThat(Arrays.stream(row).map(v -> v * v).sum() / row.length).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void embed_handWorked_isTheNormOfTheSum() {
    ModelConfig config = RandomModels.config(1, 2, 1, 2, 2);
    var values = new LinkedHashMap<String, Tensor>();
    values.put(TensorNames.WORD_EMBEDDINGS, filled(config, TensorNames.WORD_EMBEDDINGS, 1, 2));
    values.put(
        TensorNames.POSITION_EMBEDDINGS, filled(config, TensorNames.POSITION_EMBEDDINGS, 1, 5));
    values.put(TensorNames.TYPE_EMBEDDINGS, filled(config, TensorNames.TYPE_EMBEDDINGS, 2, 3));
    values.put(TensorNames.EMBEDDING_NORM + ".weight", Tensor.of(new float[] {10, 100}, 2));
    values.put(TensorNames.EMBEDDING_NORM + ".bias", Tensor.of(new float[] {1, 2}, 2));
    var small = new ReferenceModel(new Checkpoint(config, values));

    // The sum is (4, 10): mean 7, deviation 3, so (-1, 1) before scale and shift.
    double[] row = small.embed(EncodedText.of(0))[0];

    assertThat(row).containsExactly(new double[] {-9, 102}, within(1e-9));
  }

  @Test
  void layer_oneToken_attentionIsItsOwnValue() {
    double[][] x = {random.doubles(CONFIG.hiddenSize(), -1, 1).toArray()};
    // Whatever queries and keys say, the softmax over one token is 1.
    var noQueries = new LinkedHashMap<String, Tensor>();
    for (String prefix : new String[] {TensorNames.query(1), TensorNames.key(1)}) {
      zero(noQueries, prefix + ".weight");
      zero(noQueries, prefix + ".bias");
    }

    double[] expected = new ReferenceModel(with(noQueries)).layer(x, 1)[0];

    assertThat(model.layer(x, 1)[0]).containsExactly(expected, EXACT);
  }

  @Test
  void layer_equalKeys_attentionIsTheMeanOfTheValues() {
    var noKeys = new LinkedHashMap<String, Tensor>();
    zero(noKeys, TensorNames.key(1) + ".weight");
    zero(noKeys, TensorNames.key(1) + ".bias");
    var uniform = new ReferenceModel(with(noKeys));
    double[] a = random.doubles(CONFIG.hiddenSize(), -1, 1).toArray();

    // Three equal tokens: the mean is one of them, so that a row is what it is alone.
    double[][] rows = uniform.layer(new double[][] {a, a, a}, 1);

    for (double[] row : rows) {
      assertThat(row).containsExactly(uniform.layer(new double[][] {a}, 1)[0], EXACT);
    }
  }

  @Test
  void layer_handWorkedScores_areScaledBySqrtOfTheHeadsWidth() {
    ModelConfig config = RandomModels.config(1, 4, 1, 4, 2);
    var tensors = new LinkedHashMap<String, Tensor>();
    TensorNames.shapes(config)
        .forEach((name, shape) -> {
          boolean identity = name.contains(".attention.") && shape.size() == 2;
          float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
          for (int i = 0; i < values.length; i++) {
            values[i] = name.endsWith("Norm.weight") || (identity && i % 5 == 0) ? 1 : 0;
          }
          tensors.put(name, new Tensor(shape, values));
        });
    var plain = new ReferenceModel(new Checkpoint(config, tensors));

    double[] row = plain.layer(new double[][] {{2, 0, 0, 0}, {0, 2, 0, 0}}, 1)[0];

    // Scores 4 and 0 over sqrt 4: softmax (p, 1 - p), so 2 (p, 1 - p, 0, 0) + (2, 0, 0, 0).
    double p = 0.8807970779778823;
    double deviation = Math.sqrt(1 + 2 * p * p);
    double[] expected = {
      (1 + 2 * p) / deviation, (1 - 2 * p) / deviation, -1 / deviation, -1 / deviation
    };
    assertThat(row).containsExactly(expected, within(1e-9));
  }

  @Test
  void layer_tokensInAnotherOrder_givesTheSameRowsInThatOrder() {
    double[] a = random.doubles(CONFIG.hiddenSize(), -1, 1).toArray();
    double[] b = random.doubles(CONFIG.hiddenSize(), -1, 1).toArray();

    double[][] there = model.layer(new double[][] {a, b}, 2);
    double[][] back = model.layer(new double[][] {b, a}, 2);

    assertThat(there[0]).containsExactly(back[1], EXACT);
    assertThat(there[1]).containsExactly(back[0], EXACT);
    assertThat(there[0]).isNotEqualTo(model.layer(new double[][] {a}, 2)[0]); // It did attend.
  }

  @Test
  void exit_zeroPooler_isTheClassifiersBias() {
    var noPooler = new LinkedHashMap<String, Tensor>();
    zero(noPooler, TensorNames.POOLER + ".weight");
    zero(noPooler, TensorNames.POOLER + ".bias");
    var flat = new ReferenceModel(with(noPooler));
    double[] cls = random.doubles(CONFIG.hiddenSize()).toArray();

    for (int depth = 1; depth <= CONFIG.layers(); depth++) {
      float[] bias = checkpoint.tensor(TensorNames.exit(depth, 3) + ".bias").values();
      double[] expected = {bias[0], bias[1], bias[2]};
      assertThat(flat.exit(cls, depth)).containsExactly(expected, EXACT);
    }
  }

  @Test
  void trace_lessDepth_isAPrefix() {
    EncodedText text = RandomModels.text(CONFIG, 7, random);
    Trace whole = model.trace(text);

    assertThat(whole.depth()).isEqualTo(CONFIG.layers());
    for (int depth = 1; depth <= CONFIG.layers(); depth++) {
      Trace prefix = model.trace(text, depth);
      assertThat(prefix.depth()).isEqualTo(depth);
      for (int d = 1; d <= depth; d++) {
        assertThat(prefix.logits(d)).isEqualTo(whole.logits(d));
      }
    }
  }

  @Test
  void trace_randomTexts_exitsDisagree() {
    int disagreements = 0;
    for (int i = 0; i < 50; i++) {
      Trace trace = model.trace(RandomModels.text(CONFIG, 1 + i % 12, random));
      disagreements += trace.label(1) == trace.label(3) ? 0 : 1;
    }

    assertThat(disagreements).as("seed %d", SEED).isBetween(5, 45);
  }

  @Test
  void checkpoint_sameSeed_isTheSame() {
    Checkpoint again = RandomModels.checkpoint(CONFIG, new Random(SEED));

    assertThat(again.missing()).isEmpty();
    checkpoint
        .tensors()
        .forEach((name, tensor) ->
            assertThat(again.tensor(name).values()).as(name).isEqualTo(tensor.values()));
  }

  private Checkpoint with(Map<String, Tensor> replaced) {
    var tensors = new LinkedHashMap<>(checkpoint.tensors());
    tensors.putAll(replaced);
    return new Checkpoint(CONFIG, tensors);
  }

  private void zero(Map<String, Tensor> tensors, String name) {
    Tensor tensor = checkpoint.tensor(name);
    tensors.put(name, new Tensor(tensor.shape(), new float[tensor.values().length]));
  }

  private static Map<String, Tensor> norms(ModelConfig config) {
    float[] ones = new float[config.hiddenSize()];
    Arrays.fill(ones, 1);
    return Map.of(
        TensorNames.EMBEDDING_NORM + ".weight", Tensor.of(ones, ones.length),
        TensorNames.EMBEDDING_NORM + ".bias", Tensor.of(new float[ones.length], ones.length));
  }

  /* Every row is (a, b). */
  private static Tensor filled(ModelConfig config, String name, float a, float b) {
    int rows = TensorNames.shapes(config).getOrDefault(name, List.of(0)).getFirst();
    float[] values = new float[2 * rows];
    for (int i = 0; i < values.length; i += 2) {
      values[i] = a;
      values[i + 1] = b;
    }
    return Tensor.of(values, rows, 2);
  }
}
