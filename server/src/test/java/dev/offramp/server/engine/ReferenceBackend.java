package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.List;

/**
 * The engine's contract in plain Java: a checkpoint, one text at a time. Hidden rows are floats, as
 * every backend's are that can save them.
 */
public final class ReferenceBackend implements Backend {

  private final ReferenceModel model;

  /** Runs a complete checkpoint. */
  public ReferenceBackend(Checkpoint checkpoint) {
    this.model = new ReferenceModel(checkpoint);
  }

  @Override
  public LayerKernels kernels(int maxTokens, int maxSequences) {
    return new Kernels(maxTokens, maxSequences);
  }

  @Override
  public void close() {}

  private final class Kernels implements LayerKernels {

    private final Packing packing;
    private final int[] rows;
    private final List<double[][]> hidden = new ArrayList<>(); // [T][H] a text

    Kernels(int maxTokens, int maxSequences) {
      packing = new Packing(maxTokens, maxSequences);
      rows = new int[maxTokens];
    }

    @Override
    public void start(List<EncodedText> texts) {
      packing.start(texts);
      hidden.clear();
      texts.forEach(text -> hidden.add(ReferenceModel.rounded(model.embed(text))));
    }

    @Override
    public void layer(int depth) {
      hidden.replaceAll(x -> ReferenceModel.rounded(model.layer(x, depth)));
    }

    @Override
    public void exit(int depth, float[] logits) {
      int at = 0;
      for (double[][] x : hidden) {
        for (double logit : model.exit(x[0], depth)) {
          logits[at++] = (float) logit;
        }
      }
    }

    @Override
    public void keep(int[] survivors, int count) {
      packing.keep(survivors, count, rows);
      for (int s = 0; s < count; s++) {
        hidden.set(s, hidden.get(survivors[s]));
      }
      hidden.subList(count, hidden.size()).clear();
    }

    @Override
    public void save(int text, float[] rows) {
      double[][] x = hidden.get(text);
      for (int t = 0, at = 0; t < x.length; t++) {
        for (double value : x[t]) {
          rows[at++] = (float) value;
        }
      }
    }

    @Override
    public void resume(List<float[]> rows) {
      packing.clear();
      hidden.clear();
      join(rows);
    }

    @Override
    public void join(List<float[]> rows) {
      int width = model.config().hiddenSize();
      for (float[] text : rows) {
        packing.add(text.length / width);
        var x = new double[text.length / width][width];
        for (int i = 0; i < text.length; i++) {
          x[i / width][i % width] = text[i];
        }
        hidden.add(x);
      }
    }

    @Override
    public void close() {}
  }
}
