package dev.offramp.server.engine;

import dev.offramp.model.text.EncodedText;
import java.util.List;

/** Kernels that do what others do, but for what a test changes. */
class ForwardingKernels implements LayerKernels {
  private final LayerKernels kernels;

  ForwardingKernels(LayerKernels kernels) {
    this.kernels = kernels;
  }

  @Override
  public void start(List<EncodedText> texts) {
    kernels.start(texts);
  }

  @Override
  public void layer(int depth) {
    kernels.layer(depth);
  }

  @Override
  public void exit(int depth, float[] logits) {
    kernels.exit(depth, logits);
  }

  @Override
  public void keep(int[] survivors, int count) {
    kernels.keep(survivors, count);
  }

  @Override
  public void save(int text, float[] rows) {
    kernels.save(text, rows);
  }

  @Override
  public void resume(List<float[]> rows) {
    kernels.resume(rows);
  }

  @Override
  public void join(List<float[]> rows) {
    kernels.join(rows);
  }

  @Override
  public void close() {
    kernels.close();
  }
}
