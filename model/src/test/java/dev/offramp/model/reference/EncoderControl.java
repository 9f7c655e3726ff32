package dev.offramp.model.reference;

import dev.offramp.model.checkpoint.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;

/**
 * Encoders as Hugging Face's checkpoints describe them, in plain Java and under their own names:
 * what an import is compared with. All arithmetic is in double, one text at a time.
 *
 * <p>Source: Liu et al., 2019 (RoBERTa); Lan et al., 2020 (ALBERT).
 */
final class EncoderControl {
  private final Map<String, Tensor> tensors;
  private final int heads;
  private final double epsilon;

  EncoderControl(Map<String, Tensor> tensors, int heads, double epsilon) {
    this.tensors = tensors;
    this.heads = heads;
    this.epsilon = epsilon;
  }

  /**
   * The hidden rows after the embeddings and after each layer of a RoBERTa: {@code [M+1][T][H]}.
   */
  double[][][] roberta(int[] ids, int layers, int padding) {
    var steps = new double[layers + 1][][];
    steps[0] = embed("roberta.embeddings.", ids, new int[ids.length], padding + 1);
    for (int layer = 0; layer < layers; layer++) {
      String at = "roberta.encoder.layer." + layer + ".";
      double[][] x = steps[layer];
      double[][] mixed =
          attention(
              dense(x, at + "attention.self.query"),
              dense(x, at + "attention.self.key"),
              dense(x, at + "attention.self.value"));
      double[][] y =
          norm(
              sum(dense(mixed, at + "attention.output.dense"), x),
              at + "attention.output.LayerNorm");
      double[][] wide = map(dense(y, at + "intermediate.dense"), ReferenceModel::gelu);
      steps[layer + 1] = norm(sum(dense(wide, at + "output.dense"), y), at + "output.LayerNorm");
    }
    return steps;
  }

  /** The same of an ALBERT: its embeddings after their projection, its one layer applied again. */
  double[][][] albert(int[] ids, int[] types, int layers, DoubleUnaryOperator activation) {
    String at = "albert.encoder.albert_layer_groups.0.albert_layers.0.";
    var steps = new double[layers + 1][][];
    steps[0] =
        dense(
            embed("albert.embeddings.", ids, types, 0),
            "albert.encoder.embedding_hidden_mapping_in");
    for (int layer = 0; layer < layers; layer++) {
      double[][] x = steps[layer];
      double[][] mixed =
          attention(
              dense(x, at + "attention.query"),
              dense(x, at + "attention.key"),
              dense(x, at + "attention.value"));
      double[][] y = norm(sum(dense(mixed, at + "attention.dense"), x), at + "attention.LayerNorm");
      double[][] wide = map(dense(y, at + "ffn"), activation);
      steps[layer + 1] = norm(sum(dense(wide, at + "ffn_output"), y), at + "full_layer_layer_norm");
    }
    return steps;
  }

  /** GELU's tanh form. */
  static double geluNew(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  /** The sum of a text's three embeddings, normalized. */
  private double[][] embed(String at, int[] ids, int[] types, int firstPosition) {
    int width = tensor(at + "word_embeddings.weight").shape().get(1);
    var x = new double[ids.length][width];
    for (int t = 0; t < ids.length; t++) {
      for (int h = 0; h < width; h++) {
        x[t][h] =
            at(at + "word_embeddings.weight", ids[t], h)
                + at(at + "position_embeddings.weight", firstPosition + t, h)
                + at(at + "token_type_embeddings.weight", types[t], h);
      }
    }
    return norm(x, at + "LayerNorm");
  }

  double[][] attention(double[][] q, double[][] k, double[][] v) {
    int width = q[0].length / heads;
    var out = new double[q.length][q[0].length];
    for (int i = 0; i < q.length; i++) {
      for (int h = 0; h < heads; h++) {
        var p = new double[k.length];
        double total = 0;
        for (int j = 0; j < k.length; j++) {
          double score = 0;
          for (int d = h * width; d < (h + 1) * width; d++) {
            score += q[i][d] * k[j][d];
          }
          p[j] = Math.exp(score / Math.sqrt(width));
          total += p[j];
        }
        for (int j = 0; j < k.length; j++) {
          for (int d = h * width; d < (h + 1) * width; d++) {
            out[i][d] += p[j] / total * v[j][d];
          }
        }
      }
    }
    return out;
  }

  double[][] dense(double[][] x, String name) {
    int outs = tensor(name + ".bias").values().length;
    var out = new double[x.length][outs];
    for (int t = 0; t < x.length; t++) {
      for (int n = 0; n < outs; n++) {
        out[t][n] = tensor(name + ".bias").values()[n];
        for (int i = 0; i < x[t].length; i++) {
          out[t][n] += at(name + ".weight", n, i) * x[t][i];
        }
      }
    }
    return out;
  }

  double[][] norm(double[][] x, String name) {
    var out = new double[x.length][x[0].length];
    for (int t = 0; t < x.length; t++) {
      double mean = 0;
      double square = 0;
      for (double value : x[t]) {
        mean += value / x[t].length;
        square += value * value / x[t].length;
      }
      double scale = 1 / Math.sqrt(square - mean * mean + epsilon);
      for (int h = 0; h < x[t].length; h++) {
        out[t][h] =
            (x[t][h] - mean) * scale * tensor(name + ".weight").values()[h]
                + tensor(name + ".bias").values()[h];
      }
    }
    return out;
  }

  static double[][] map(double[][] x, DoubleUnaryOperator f) {
    var out = new double[x.length][x[0].length];
    for (int t = 0; t < x.length; t++) {
      for (int h = 0; h < x[t].length; h++) {
        out[t][h] = f.applyAsDouble(x[t][h]);
      }
    }
    return out;
  }

  static double[][] sum(double[][] a, double[][] b) {
    var out = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int h = 0; h < a[t].length; h++) {
        out[t][h] = a[t][h] + b[t][h];
      }
    }
    return out;
  }

  private double at(String name, int row, int column) {
    Tensor tensor = tensor(name);
    return tensor.values()[row * tensor.shape().get(1) + column];
  }

  private Tensor tensor(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }
}
