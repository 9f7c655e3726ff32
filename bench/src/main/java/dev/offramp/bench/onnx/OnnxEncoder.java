package dev.offramp.bench.onnx;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BERT's encoder layers as an ONNX model in standard operators, in the form that exporters write
 * and ONNX Runtime's own fusions (LayerNorm with its residual, GELU with its bias) recognize.
 *
 * <p>Quantized, products with weights are in the form that ONNX Runtime's {@code quantize_dynamic}
 * writes and its fusions recognize: rows quantized at run time to unsigned bytes with one scale for
 * the whole tensor, weights to signed bytes with a scale for each channel, their product exact in
 * int32, scaled back. Products of activations with each other stay in float32.
 *
 * <p>Shapes: {@value #INPUT} and {@value #OUTPUT} are {@code [B, L, H]}: {@code B} sequences padded
 * to the same length {@code L}, both known at run time only; {@value #MASK}, where there is one, is
 * {@code [B, 1, 1, L]} and added to the scores. Source: Devlin et al., 2019; GELU in the erf form.
 */
public final class OnnxEncoder {
  /** The rows that go into the first layer. */
  public static final String INPUT = "x";

  /** The rows that leave the last layer. */
  public static final String OUTPUT = "y";

  /** What keeps padding from being attended to. */
  public static final String MASK = "mask";

  /** The greatest quantized weight; -128 stays unused, as it does in quantize_dynamic. */
  private static final int LIMIT = 127;

  private final OnnxGraph graph = new OnnxGraph("encoder");
  private final Checkpoint checkpoint;
  private final ModelConfig config;
  private final boolean quantized;
  private final boolean masked;

  /** Values that were quantized already: query, key and value take the same rows. */
  private final Map<String, List<String>> quantizedRows = new HashMap<>();

  private OnnxEncoder(Checkpoint checkpoint, boolean quantized, boolean masked) {
    this.checkpoint = checkpoint;
    this.config = checkpoint.config();
    this.quantized = quantized;
    this.masked = masked;
  }

  /**
   * The layers of {@code checkpoint} as a serialized ONNX model.
   *
   * @param quantized whether products with weights are in int8
   * @param masked whether there is a mask
   */
  public static byte[] model(Checkpoint checkpoint, boolean quantized, boolean masked) {
    return new OnnxEncoder(checkpoint, quantized, masked).build();
  }

  private byte[] build() {
    List<Integer> shape = List.of(-1, -1, config.hiddenSize());
    graph.input(INPUT, shape);
    graph.output(OUTPUT, shape);
    if (masked) {
      graph.input(MASK, List.of(-1, 1, 1, -1));
    }
    // 0 keeps an extent, -1 is what is left.
    graph.integers("split_heads", 0, 0, config.heads(), config.headSize());
    graph.integers("merge_heads", 0, 0, config.hiddenSize());
    graph.scalar("sqrt_head", (float) Math.sqrt(config.headSize()));
    graph.scalar("sqrt_two", (float) Math.sqrt(2));
    graph.scalar("one", 1);
    graph.scalar("half", 0.5f);
    String x = INPUT;
    for (int depth = 1; depth <= config.layers(); depth++) {
      x = layer(x, depth, depth == config.layers() ? OUTPUT : "layer" + depth);
    }
    return graph.toBytes();
  }

  private String layer(String x, int depth, String output) {
    String at = "layer" + depth + ".";
    String q = heads(at + "q", dense(at + "q", x, TensorNames.query(depth)), 0, 2, 1, 3);
    String k = heads(at + "k", dense(at + "k", x, TensorNames.key(depth)), 0, 2, 3, 1);
    String v = heads(at + "v", dense(at + "v", x, TensorNames.value(depth)), 0, 2, 1, 3);
    String scores = graph.node("MatMul", q, k).to(at + "scores"); // [B, heads, L, L]
    String scaled = graph.node("Div", scores, "sqrt_head").to(at + "scaled");
    String allowed = masked ? graph.node("Add", scaled, MASK).to(at + "allowed") : scaled;
    String p = graph.node("Softmax", allowed).with("axis", -1).to(at + "p");
    String mixed = graph.node("MatMul", p, v).to(at + "mixed"); // [B, heads, L, H / heads]
    String rows =
        graph.node("Transpose", mixed).with("perm", List.of(0, 2, 1, 3)).to(at + "mixed.rows");
    String attention = graph.node("Reshape", rows, "merge_heads").to(at + "attention");
    String projected = dense(at + "projected", attention, TensorNames.attentionOutput(depth));
    String a = norm(at + "a", projected, x, TensorNames.attentionNorm(depth));
    String wide = gelu(at + "wide", dense(at + "up", a, TensorNames.feedForwardUp(depth)));
    String narrow = dense(at + "down", wide, TensorNames.feedForwardDown(depth));
    return norm(output, narrow, a, TensorNames.feedForwardNorm(depth));
  }

  /** {@code [B, L, H]} to {@code [B, L, heads, H / heads]}, its axes then in the order given. */
  private String heads(String name, String x, Integer... axes) {
    String split = graph.node("Reshape", x, "split_heads").to(name + ".split");
    return graph.node("Transpose", split).with("perm", List.of(axes)).to(name + ".heads");
  }

  private String dense(String name, String x, String prefix) {
    String bias = graph.constant(prefix + ".bias", checkpoint.tensor(prefix + ".bias"));
    return graph
        .node("Add", quantized ? integers(name, x, prefix) : floats(name, x, prefix), bias)
        .to(name);
  }

  private String floats(String name, String x, String prefix) {
    String weight = graph.constant(prefix + ".weight", transposed(prefix + ".weight"));
    return graph.node("MatMul", x, weight).to(name + ".product");
  }

  private String integers(String name, String x, String prefix) {
    Tensor weight = transposed(prefix + ".weight");
    int inner = weight.shape().get(0);
    int outer = weight.shape().get(1);
    float[] scales = scales(weight);
    byte[] bytes = new byte[inner * outer];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.rint(weight.values()[i] / scales[i % outer]);
    }
    String q = graph.bytes(prefix + ".weight.quantized", bytes, inner, outer);
    String zeros = graph.bytes(prefix + ".weight.zero", new byte[outer], outer);
    String ofWeight = graph.constant(prefix + ".weight.scale", Tensor.of(scales, outer));
    List<String> rows =
        quantizedRows.computeIfAbsent(
            x,
            value ->
                graph
                    .node("DynamicQuantizeLinear", value)
                    .to(List.of(value + ".quantized", value + ".scale", value + ".zero")));
    String sums =
        graph.node("MatMulInteger", rows.get(0), q, rows.get(2), zeros).to(name + ".sums");
    String scale = graph.node("Mul", rows.get(1), ofWeight).to(name + ".scale");
    String cast = graph.node("Cast", sums).with("to", OnnxGraph.FLOAT).to(name + ".cast");
    return graph.node("Mul", cast, scale).to(name + ".product");
  }

  /** What the greatest weight of each column of {@code [K, N]} is 127 of; 1 for zeros. */
  private static float[] scales(Tensor weight) {
    int outer = weight.shape().get(1);
    float[] scales = new float[outer];
    for (int i = 0; i < weight.values().length; i++) {
      scales[i % outer] = Math.max(scales[i % outer], Math.abs(weight.values()[i]) / LIMIT);
    }
    for (int n = 0; n < outer; n++) {
      scales[n] = scales[n] == 0 ? 1 : scales[n];
    }
    return scales;
  }

  private String gelu(String name, String x) {
    String erf =
        graph.node("Erf", graph.node("Div", x, "sqrt_two").to(name + ".z")).to(name + ".e");
    String gate = graph.node("Add", erf, "one").to(name + ".gate");
    return graph.node("Mul", graph.node("Mul", x, gate).to(name + ".twice"), "half").to(name);
  }

  private String norm(String name, String x, String residual, String prefix) {
    return graph
        .node(
            "LayerNormalization",
            graph.node("Add", x, residual).to(name + ".sum"),
            graph.constant(prefix + ".weight", checkpoint.tensor(prefix + ".weight")),
            graph.constant(prefix + ".bias", checkpoint.tensor(prefix + ".bias")))
        .with("axis", -1)
        .with("epsilon", (float) config.layerNormEpsilon())
        .to(name);
  }

  /** A checkpoint's {@code [N, K]} as MatMul's {@code [K, N]}. */
  private Tensor transposed(String name) {
    Tensor weight = checkpoint.tensor(name);
    int n = weight.shape().get(0);
    int k = weight.shape().get(1);
    float[] values = new float[n * k];
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < k; column++) {
        values[column * n + row] = weight.values()[row * k + column];
      }
    }
    return Tensor.of(values, k, n);
  }
}
