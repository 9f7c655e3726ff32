package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.List;

/** The engine's contract in plain Java: a checkpoint, one text at a time. */
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
      texts.forEach(text -> hidden.add(model.embed(text)));
    }

    @Override
    public void layer(int depth) {
      hidden.replaceAll(x -> model.layer(x, depth));
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
    public void close() {}
  }
}
