package dev.offramp.model.reference;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The multi-exit BERT in plain Java, one text at a time, all arithmetic in double.
 *
 * <p>Shapes: a text is {@code [T][H]}. Source: Devlin et al., 2019; exits as in COSEE (arXiv
 * 2412.13236).
 */
public final class ReferenceModel {
  private final ModelConfig config;
  private final Checkpoint checkpoint;

  /** The model of a complete checkpoint. */
  public ReferenceModel(Checkpoint checkpoint) {
    this.config = checkpoint.config();
    this.checkpoint = checkpoint;
  }

  /** The model's shape. */
  public ModelConfig config() {
    return config;
  }

  /** The logits of all exits for {@code text}. */
  public Trace trace(EncodedText text) {
    return trace(text, config.layers());
  }

  /**
   * The logits of the exits up to {@code depth}. Between layers hidden rows are rounded to floats,
   * as they are wherever they can be saved.
   */
  public Trace trace(EncodedText text, int depth) {
    float[] logits = new float[depth * config.classes()];
    double[][] x = rounded(embed(text));
    for (int d = 1; d <= depth; d++) {
      x = rounded(layer(x, d));
      double[] exit = exit(x[0], d);
      for (int c = 0; c < exit.length; c++) {
        logits[(d - 1) * exit.length + c] = (float) exit[c];
      }
    }
    return Trace.of(config.layers(), config.classes(), logits);
  }

  /** Rounds to floats, in place. */
  public static double[][] rounded(double[][] x) {
    for (double[] row : x) {
      for (int h = 0; h < row.length; h++) {
        row[h] = (float) row[h];
      }
    }
    return x;
  }

  /** Embeddings, LayerNorm, and an ALBERT's projection: {@code [T][H]}. */
  public double[][] embed(EncodedText text) {
    double[][] x = new double[text.length()][config.embeddingSize()];
    for (int t = 0; t < x.length; t++) {
      for (int h = 0; h < x[t].length; h++) {
        x[t][h] =
            at(TensorNames.WORD_EMBEDDINGS, text.id(t), h)
                + at(TensorNames.POSITION_EMBEDDINGS, t, h)
                + at(TensorNames.TYPE_EMBEDDINGS, text.type(t), h);
      }
    }
    double[][] normalized = norm(x, TensorNames.EMBEDDING_NORM);
    return config.sharedLayers() ? dense(normalized, TensorNames.EMBEDDING_PROJECTION) : normalized;
  }

  /** One encoder layer: {@code [T][H]} to {@code [T][H]}. */
  public double[][] layer(double[][] x, int depth) {
    int own = config.sharedLayers() ? 1 : depth;
    double[][] q = dense(x, TensorNames.query(own));
    double[][] k = dense(x, TensorNames.key(own));
    double[][] v = dense(x, TensorNames.value(own));
    double[][] attention = dense(attention(q, k, v), TensorNames.attentionOutput(own));
    double[][] a = norm(sum(attention, x), TensorNames.attentionNorm(own));
    double[][] wide = map(dense(a, TensorNames.feedForwardUp(own)), ReferenceModel::gelu);
    double[][] narrow = dense(wide, TensorNames.feedForwardDown(own));
    return norm(sum(narrow, a), TensorNames.feedForwardNorm(own));
  }

  /** The logits {@code [C]} of the exit at {@code depth} for a {@code [CLS]} row {@code [H]}. */
  public double[] exit(double[] cls, int depth) {
    double[][] pooled = map(dense(new double[][] {cls}, TensorNames.POOLER), Math::tanh);
    return dense(pooled, TensorNames.exit(depth, config.layers()))[0];
  }

  private double[][] attention(double[][] q, double[][] k, double[][] v) {
    int length = q.length;
    int width = config.headSize();
    double[][] out = new double[length][config.hiddenSize()];
    for (int head = 0; head < config.heads(); head++) {
      int from = head * width;
      for (int i = 0; i < length; i++) {
        double[] p = new double[length];
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < length; j++) {
          for (int h = from; h < from + width; h++) {
            p[j] += q[i][h] * k[j][h];
          }
          p[j] /= Math.sqrt(width);
          max = Math.max(max, p[j]);
        }
        double sum = 0;
        for (int j = 0; j < length; j++) {
          p[j] = Math.exp(p[j] - max);
          sum += p[j];
        }
        for (int j = 0; j < length; j++) {
          for (int h = from; h < from + width; h++) {
            out[i][h] += p[j] / sum * v[j][h];
          }
        }
      }
    }
    return out;
  }

  private double[][] dense(double[][] x, String prefix) {
    Tensor weight = checkpoint.tensor(prefix + ".weight");
    float[] bias = checkpoint.tensor(prefix + ".bias").values();
    int inner = weight.shape().get(1);
    double[][] out = new double[x.length][bias.length];
    for (int t = 0; t < x.length; t++) {
      for (int n = 0; n < bias.length; n++) {
        double sum = bias[n];
        for (int i = 0; i < inner; i++) {
          sum += x[t][i] * weight.values()[n * inner + i];
        }
        out[t][n] = sum;
      }
    }
    return out;
  }

  private double[][] norm(double[][] x, String prefix) {
    float[] gamma = checkpoint.tensor(prefix + ".weight").values();
    float[] beta = checkpoint.tensor(prefix + ".bias").values();
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double mean = 0;
      for (double value : x[t]) {
        mean += value / x[t].length;
      }
      double variance = 0;
      for (double value : x[t]) {
        variance += (value - mean) * (value - mean) / x[t].length;
      }
      double scale = 1 / Math.sqrt(variance + config.layerNormEpsilon());
      out[t] = new double[x[t].length];
      for (int h = 0; h < x[t].length; h++) {
        out[t][h] = (x[t][h] - mean) * scale * gamma[h] + beta[h];
      }
    }
    return out;
  }

  private double at(String name, int row, int column) {
    return checkpoint.tensor(name).values()[row * config.embeddingSize() + column];
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] out = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int h = 0; h < a[t].length; h++) {
        out[t][h] = a[t][h] + b[t][h];
      }
    }
    return out;
  }

  private static double[][] map(double[][] x, DoubleUnaryOperator f) {
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      out[t] = Arrays.stream(x[t]).map(f).toArray();
    }
    return out;
  }

  /** GELU in the erf form. */
  public static double gelu(double x) {
    return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
  }

  /** The error function: its Maclaurin series near 0, a continued fraction of erfc beyond. */
  public static double erf(double x) {
    double a = Math.abs(x);
    if (a > 6) {
      return Math.signum(x);
    }
    if (a < 2.5) {
      double term = a;
      double sum = a;
      for (int n = 1; Math.abs(term) > 1e-17 * sum; n++) {
        term *= -a * a / n;
        sum += term / (2 * n + 1);
      }
      return Math.signum(x) * 2 / Math.sqrt(Math.PI) * sum;
    }
    double fraction = 0;
    for (int n = 60; n >= 1; n--) {
      fraction = n / 2.0 / (a + fraction);
    }
    double erfc = Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
    return Math.signum(x) * (1 - erfc);
  }
}
