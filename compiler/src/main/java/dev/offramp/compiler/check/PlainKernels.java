package dev.offramp.compiler.check;

/**
 * What each kernel computes, in loops that leave no doubt, summing in double.
 *
 * <p>Shapes: as in {@link dev.offramp.model.artifact.KernelNames}, row-major; weights are {@code
 * [N, K]} as in a checkpoint, not packed.
 */
public final class PlainKernels {
  private PlainKernels() {}

  /** {@code out[T, N] = x[T, K] weight' + bias}. */
  public static float[] dense(float[] x, int rows, float[] weight, float[] bias) {
    int outer = bias.length;
    int inner = weight.length / outer;
    var out = new float[rows * outer];
    for (int t = 0; t < rows; t++) {
      for (int n = 0; n < outer; n++) {
        double sum = bias[n];
        for (int k = 0; k < inner; k++) {
          sum += (double) x[t * inner + k] * weight[n * inner + k];
        }
        out[t * outer + n] = (float) sum;
      }
    }
    return out;
  }

  /** The element-wise sum. */
  public static float[] add(float[] a, float[] b) {
    var out = new float[a.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = a[i] + b[i];
    }
    return out;
  }

  /** LayerNorm of each row of {@code gamma.length}. */
  public static float[] layerNorm(float[] x, float[] gamma, float[] beta, double epsilon) {
    int width = gamma.length;
    var out = new float[x.length];
    for (int start = 0; start < x.length; start += width) {
      double mean = 0;
      for (int h = 0; h < width; h++) {
        mean += x[start + h];
      }
      mean /= width;
      double variance = 0;
      for (int h = 0; h < width; h++) {
        double difference = x[start + h] - mean;
        variance += difference * difference;
      }
      double scale = 1 / Math.sqrt(variance / width + epsilon);
      for (int h = 0; h < width; h++) {
        out[start + h] = (float) ((x[start + h] - mean) * scale * gamma[h] + beta[h]);
      }
    }
    return out;
  }

  /** GELU of each element, in the erf form. */
  public static float[] gelu(float[] x) {
    var out = new float[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) gelu(x[i]);
    }
    return out;
  }

  /** {@code x / 2 (1 + erf(x / sqrt 2))}. */
  public static double gelu(double x) {
    return 0.5 * x * erfc(-x / Math.sqrt(2));
  }

  /** Attention of each sequence over itself: {@code qkv[T, 3H]} to {@code [T, H]}. */
  public static float[] attention(int[] offsets, float[] qkv, int heads, int size) {
    int width = heads * size;
    var out = new float[qkv.length / 3];
    for (int s = 0; s + 1 < offsets.length; s++) {
      for (int head = 0; head < heads; head++) {
        for (int i = offsets[s]; i < offsets[s + 1]; i++) {
          attend(qkv, offsets[s], offsets[s + 1], i, head * size, size, width, out);
        }
      }
    }
    return out;
  }

  private static void attend(
      float[] qkv, int begin, int end, int query, int column, int size, int width, float[] out) {
    var scores = new double[end - begin];
    double greatest = Double.NEGATIVE_INFINITY;
    for (int j = begin; j < end; j++) {
      double sum = 0;
      for (int h = column; h < column + size; h++) {
        sum += (double) qkv[query * 3 * width + h] * qkv[j * 3 * width + width + h];
      }
      scores[j - begin] = sum / Math.sqrt(size);
      greatest = Math.max(greatest, scores[j - begin]);
    }
    double total = 0;
    for (int j = 0; j < scores.length; j++) {
      scores[j] = Math.exp(scores[j] - greatest);
      total += scores[j];
    }
    for (int h = column; h < column + size; h++) {
      double sum = 0;
      for (int j = begin; j < end; j++) {
        sum += scores[j - begin] * qkv[j * 3 * width + 2 * width + h];
      }
      out[query * width + h] = (float) (sum / total);
    }
  }

  /** The sum of each token's rows of the three tables. */
  public static float[] lookup(
      int[] ids,
      int[] positions,
      int[] types,
      float[] word,
      float[] position,
      float[] type,
      int width) {
    var out = new float[ids.length * width];
    for (int t = 0; t < ids.length; t++) {
      for (int h = 0; h < width; h++) {
        out[t * width + h] =
            word[ids[t] * width + h]
                + position[positions[t] * width + h]
                + type[types[t] * width + h];
      }
    }
    return out;
  }

  /** The rows of {@code x} with the given numbers. */
  public static float[] gather(float[] x, int[] rows, int width) {
    var out = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(x, rows[i] * width, out, i * width, width);
    }
    return out;
  }

  /** tanh of each element. */
  public static float[] tanh(float[] x) {
    var out = new float[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) Math.tanh(x[i]);
    }
    return out;
  }

  /** The complementary error function: a power series near 0, a continued fraction beyond. */
  static double erfc(double x) {
    double a = Math.abs(x);
    double tail = a < 2 ? 1 - series(a) : fraction(a);
    return x >= 0 ? tail : 2 - tail;
  }

  private static double series(double a) {
    double term = a;
    double sum = a;
    for (int n = 1; Math.abs(term) > 1e-18; n++) {
      term *= -a * a / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  private static double fraction(double a) {
    double below = 0;
    for (int n = 80; n >= 1; n--) {
      below = n / 2.0 / (a + below);
    }
    return Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + below);
  }
}
