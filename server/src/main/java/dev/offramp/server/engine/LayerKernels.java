package dev.offramp.server.engine;

import dev.offramp.model.text.EncodedText;
import java.util.List;

/**
 * A model's layers as one worker runs them, on one batch at a time: {@link #start}, then for each
 * depth {@link #layer} and {@link #exit}, with {@link #keep} wherever texts left.
 *
 * <p>A text's hidden rows can be {@linkplain #save saved} after any layer, and go on later in a
 * batch of texts that stand at the same depth, by {@link #resume} and {@link #join}. They are
 * copied as they are: the result is the same to the bit.
 *
 * <p>Shapes: a text's rows are {@code [T, H]}, T its tokens.
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

  /**
   * Copies a text's hidden rows out.
   *
   * @param text its index in the batch
   * @param rows written: {@code [T, H]}
   */
  void save(int text, float[] rows);

  /**
   * Starts a batch of texts that all stood at the same depth when their rows were saved.
   *
   * @param rows each text's {@code [T, H]}; together no more than the buffers hold
   */
  void resume(List<float[]> rows);

  /** Adds such texts behind those of the batch, which must stand at that depth too. */
  void join(List<float[]> rows);

  @Override
  void close();
}
