package dev.offramp.bench;

import dev.offramp.bench.workload.TokenCase;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.List;

/**
 * What comes before a model's first layer and after its last, in plain Java: peers run the layers
 * alone, and still every engine answers the same texts with logits.
 *
 * <p>Shapes: rows are {@code [B * L, H]} row-major, texts shorter than the longest padded with
 * zeros. Arithmetic is in double.
 */
final class ModelEnds {
  private static final float PADDING = -10_000;

  private final Checkpoint checkpoint;
  private final ModelConfig config;

  ModelEnds(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    this.config = checkpoint.config();
  }

  /** Embeddings of texts and their LayerNorm: what goes into the first layer. */
  float[] embed(List<EncodedText> texts) {
    int h = config.hiddenSize();
    int length = TokenCase.of(texts).longest();
    float[] word = values(TensorNames.WORD_EMBEDDINGS);
    float[] position = values(TensorNames.POSITION_EMBEDDINGS);
    float[] type = values(TensorNames.TYPE_EMBEDDINGS);
    float[] rows = new float[texts.size() * length * h];
    double[] row = new double[h];
    for (int s = 0; s < texts.size(); s++) {
      EncodedText text = texts.get(s);
      for (int t = 0; t < text.length(); t++) {
        for (int i = 0; i < h; i++) {
          row[i] = (double) word[text.id(t) * h + i] + position[t * h + i];
          row[i] += type[text.type(t) * h + i];
        }
        norm(row, rows, (s * length + t) * h);
      }
    }
    return rows;
  }

  /**
   * The logits {@code [B, C]} of the last exit.
   *
   * @param rows what left the last layer
   */
  float[] logits(float[] rows, TokenCase tokens) {
    int h = config.hiddenSize();
    int classes = config.classes();
    String exit = TensorNames.exit(config.layers(), config.layers());
    float[] logits = new float[tokens.sequences() * classes];
    for (int s = 0; s < tokens.sequences(); s++) {
      double[] cls = new double[h];
      for (int i = 0; i < h; i++) {
        cls[i] = rows[s * tokens.longest() * h + i];
      }
      double[] pooled = dense(cls, TensorNames.POOLER);
      for (int i = 0; i < h; i++) {
        pooled[i] = Math.tanh(pooled[i]);
      }
      double[] answer = dense(pooled, exit);
      for (int c = 0; c < classes; c++) {
        logits[s * classes + c] = (float) answer[c];
      }
    }
    return logits;
  }

  /**
   * What is added to the scores {@code [B, L]} of each query so that no padding is attended to: 0
   * for a token, {@value #PADDING} beyond a text's end.
   */
  static float[] mask(TokenCase tokens) {
    float[] mask = new float[tokens.sequences() * tokens.longest()];
    for (int s = 0; s < tokens.sequences(); s++) {
      int begin = s * tokens.longest();
      Arrays.fill(mask, begin + tokens.lengths().get(s), begin + tokens.longest(), PADDING);
    }
    return mask;
  }

  private void norm(double[] row, float[] out, int from) {
    float[] gain = values(TensorNames.EMBEDDING_NORM + ".weight");
    float[] bias = values(TensorNames.EMBEDDING_NORM + ".bias");
    double mean = 0;
    for (double value : row) {
      mean += value / row.length;
    }
    double variance = 0;
    for (double value : row) {
      variance += (value - mean) * (value - mean) / row.length;
    }
    double scale = 1 / Math.sqrt(variance + config.layerNormEpsilon());
    for (int i = 0; i < row.length; i++) {
      out[from + i] = (float) ((row[i] - mean) * scale * gain[i] + bias[i]);
    }
  }

  private double[] dense(double[] x, String prefix) {
    Tensor weight = checkpoint.tensor(prefix + ".weight");
    float[] bias = values(prefix + ".bias");
    double[] out = new double[bias.length];
    for (int n = 0; n < out.length; n++) {
      out[n] = bias[n];
      for (int k = 0; k < x.length; k++) {
        out[n] += x[k] * weight.values()[n * x.length + k];
      }
    }
    return out;
  }

  private float[] values(String name) {
    return checkpoint.tensor(name).values();
  }
}
