package dev.offramp.server.tvm;

import dev.offramp.model.checkpoint.ModelConfig;
import java.lang.foreign.MemorySegment;

/**
 * One worker's buffers: where the host writes a batch, and the tensors that kernels take.
 *
 * <p>The host writes integers into {@link #ints}, each part from its own place on, and sends them;
 * where kernels run on the host they are there already. Tensors are addresses of {@code DLTensor}s.
 *
 * <p>Threading: one thread at a time. Ownership: {@link #close} frees all of it.
 */
sealed interface BatchMemory extends AutoCloseable permits HostMemory, DeviceMemory {

  /**
   * How large the buffers are.
   *
   * @param rows R, tokens and what kernels compute beyond them
   * @param sequences S, the most texts of a batch
   */
  record Size(ModelConfig config, int rows, int sequences) {}

  /** Decides where the parts of a batch of this size are. */
  void lay(int tokens, int sequences);

  /** What the host writes. */
  MemorySegment ints();

  /** The number of the first offset in {@link #ints}, of {@code sequences + 1}. */
  int offsetsAt();

  /** The number of the first token id. */
  int idsAt();

  /** The number of the first position. */
  int positionsAt();

  /** The number of the first type. */
  int typesAt();

  /** The number of the first row to keep. */
  int rowsAt();

  /** Sends offsets, ids, positions and types to where kernels run. */
  void sendBatch();

  /** Sends offsets and rows to keep. */
  void sendKept();

  /** Copies the first logits out, once they are computed. */
  void readLogits(float[] out, int count);

  /**
   * Copies rows out, once they are computed.
   *
   * @param buffer {@link #hidden} or {@link #middle}
   * @param first the first row
   * @param rows written: whole rows
   */
  void readRows(long buffer, int first, float[] rows);

  /** Copies rows in; the same places. */
  void writeRows(long buffer, int first, float[] rows);

  /** {@code [S + 1]}. */
  long offsets();

  /** {@code [R]}. */
  long ids();

  /** {@code [R]}. */
  long positions();

  /** {@code [R]}. */
  long types();

  /** {@code [R]}. */
  long rows();

  /** {@code [R, E]}: an ALBERT's embeddings; memory that layers overwrite. */
  long embedded();

  /** {@code [R, H]}, the layers' input. */
  long hidden();

  /** {@code [R, H]}. */
  long middle();

  /** {@code [R, 3H]}: query, key and value. */
  long projections();

  /** {@code [R, H]}: what attention makes of them. */
  long context();

  /** {@code [R, I]}; may be the same memory as {@link #projections} and {@link #context}. */
  long wide();

  /** {@code [S, C]}. */
  long logits();

  @Override
  void close();
}
