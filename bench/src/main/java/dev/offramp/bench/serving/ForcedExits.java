package dev.offramp.bench.serving;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;

/*
 * Random weights make no exits that mean anything. So every text has a difficulty, drawn from its
 * tokens: exponentially distributed, of mean 1. The exit at depth d is made to say logits whose
 * normalized energy is 1 / (1 + d / difficulty). That falls below the threshold 1 / (1 + k) at the
 * first d > k * difficulty; at the last layer M all leave. So of the texts that come to an exit, each
 * exit lets go the same share, 1 - exp(-1/k), and exp(-(M-1)/k) of all run every layer:
 *
 *   mean exit depth = sum over d = 0 .. M-1 of exp(-d/k) = (1 - exp(-M/k)) / (1 - exp(-1/k)),
 *
 * which is solved for k.
 */

/**
 * A backend that runs all that the real one runs, exits included, and then says other logits, so
 * that texts leave where the benchmark wants them to.
 *
 * <p>Threading and ownership: as of the backend under it, which {@link #close} closes.
 *
 * @param real runs the layers and exits
 * @param layers of the model, {@code M}
 * @param classes of the model, at least 2
 */
record ForcedExits(Backend real, int layers, int classes) implements Backend {

  /** Far below any other logit, so that its exponential is 0 next to it. */
  private static final float NEVER = -1e4f;

  /** The rule under which texts run {@code layers / speedup} layers on average. */
  static ExitRule rule(int layers, double speedup) {
    double wanted = layers / speedup;
    double low = 1e-3;
    double high = 1e6;
    for (int i = 0; i < 100; i++) {
      double k = Math.sqrt(low * high);
      if (meanDepth(layers, k) < wanted) {
        low = k;
      } else {
        high = k;
      }
    }
    return new ExitRule.Threshold(ExitSignal.ENERGY, 1 / (1 + low));
  }

  private static double meanDepth(int layers, double k) {
    return Math.expm1(-layers / k) / Math.expm1(-1 / k);
  }

  /** The difficulty of a text. */
  static double difficulty(EncodedText text) {
    long hash = 31L * Arrays.hashCode(text.ids()) + Arrays.hashCode(text.types());
    hash = (hash ^ (hash >>> 32)) * 0x9e3779b97f4a7c15L;
    hash = (hash ^ (hash >>> 29)) * 0xbf58476d1ce4e5b9L;
    double uniform = ((hash >>> 11) + 1) * 0x1p-53;
    return -Math.log(uniform);
  }

  @Override
  public LayerKernels kernels(int maxTokens, int maxSequences) {
    return new Kernels(real.kernels(maxTokens, maxSequences), new double[maxSequences]);
  }

  @Override
  public boolean parks() {
    return real.parks();
  }

  @Override
  public void close() {
    real.close();
  }

  /** The real kernels, and the difficulties of the texts that they hold. */
  private final class Kernels implements LayerKernels {
    private final LayerKernels kernels;
    private final double[] difficulties;

    /** Rows that were saved come back as the same array, or never. Arrays equal only themselves. */
    @SuppressWarnings("UndefinedEquals") // By reference is what is wanted.
    private final Map<float[], Double> saved = new WeakHashMap<>();

    private int count;

    Kernels(LayerKernels kernels, double[] difficulties) {
      this.kernels = kernels;
      this.difficulties = difficulties;
    }

    @Override
    public void start(List<EncodedText> texts) {
      kernels.start(texts);
      count = 0;
      for (EncodedText text : texts) {
        difficulties[count++] = difficulty(text);
      }
    }

    @Override
    public void layer(int depth) {
      kernels.layer(depth);
    }

    @Override
    public void exit(int depth, float[] logits) {
      kernels.exit(depth, logits);
      for (int s = 0; s < count; s++) {
        Arrays.fill(logits, s * classes, (s + 1) * classes, NEVER);
        logits[s * classes] = (float) Math.log(depth / difficulties[s]);
      }
    }

    @Override
    public void keep(int[] survivors, int kept) {
      kernels.keep(survivors, kept);
      for (int s = 0; s < kept; s++) {
        difficulties[s] = difficulties[survivors[s]];
      }
      count = kept;
    }

    @Override
    public void save(int text, float[] rows) {
      kernels.save(text, rows);
      saved.put(rows, difficulties[text]);
    }

    @Override
    public void resume(List<float[]> rows) {
      kernels.resume(rows);
      count = 0;
      take(rows);
    }

    @Override
    public void join(List<float[]> rows) {
      kernels.join(rows);
      take(rows);
    }

    private void take(List<float[]> rows) {
      for (float[] text : rows) {
        difficulties[count++] =
            Objects.requireNonNull(saved.remove(text), "rows that were not saved here");
      }
    }

    @Override
    public void close() {
      kernels.close();
    }
  }
}
