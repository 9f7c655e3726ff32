package dev.offramp.server.engine;

import dev.offramp.model.text.EncodedText;
import java.util.List;

/**
 * A model's layers as one worker runs them, on one batch at a time: {@link #start}, then for each
 * depth {@link #layer} and {@link #exit}, with {@link #keep} wherever texts left.
 *
 * <p>The result for a text does not depend, bit for bit, on what shares its batch.
 *
 * <p>Threading: one thread at a time. Ownership: {@link #close} frees the buffers.
 *
 * <p>Errors: a failing native call throws {@link KernelException}; the batch is then lost, the
 * kernels are not.
 */
public interface LayerKernels extends AutoCloseable {

  /**
   * Starts a batch: its embeddings.
   *
   * @param texts ids within the vocabulary, no longer than the model takes; together no more than
   *     the buffers hold
   */
  void start(List<EncodedText> texts);

  /** Runs the layer that ends at this depth, from 1, on all texts of the batch. */
  void layer(int depth);

  /**
   * Evaluates the exit at this depth for all texts of the batch.
   *
   * @param logits written: {@code [texts, C]}, row-major; may be longer
   */
  void exit(int depth, float[] logits);

  /**
   * Drops all texts but these.
   *
   * @param survivors rising indices into the present batch; may be longer
   * @param count how many of them count, at least 1
   */
  void keep(int[] survivors, int count);

  @Override
  void close();
}
