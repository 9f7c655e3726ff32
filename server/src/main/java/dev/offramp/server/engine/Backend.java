package dev.offramp.server.engine;

/**
 * A loaded model that can run: its weights, shared by all workers.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} frees the weights; every {@link
 * LayerKernels} made here must have been closed before.
 */
public interface Backend extends AutoCloseable {

  /**
   * Makes one worker's kernels, with buffers for batches of this size.
   *
   * @param maxTokens tokens of a batch, at least the model's longest text
   * @param maxSequences texts of a batch
   */
  LayerKernels kernels(int maxTokens, int maxSequences);

  /**
   * Whether copying a text's hidden rows out and in again costs little next to a layer. If not, a
   * batch goes through its layers without stopping for others.
   */
  default boolean parks() {
    return true;
  }

  @Override
  void close();
}
