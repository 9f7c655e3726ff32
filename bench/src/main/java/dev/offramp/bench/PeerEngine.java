package dev.offramp.bench;

/**
 * A way to run the encoder layers of a checkpoint: one of those that are compared.
 *
 * <p>Threading: one thread calls. Ownership: holds native memory until {@link #close}.
 */
interface PeerEngine extends AutoCloseable {
  /** Its name in tables and on the command line. */
  String name();

  /** What its products are computed in. */
  String precision();

  /**
   * Readies a batch: input and output lie in the engine's own memory.
   *
   * @param rows the input, {@code [B * L, H]} row-major
   */
  Pass prepare(TokenCase tokens, float[] rows);

  @Override
  void close();

  /** A batch that can be run through all layers, again and again, always from the same input. */
  interface Pass extends AutoCloseable {
    /** Runs the layers. This is what is timed. */
    void run();

    /** What the last {@link #run} gave, {@code [B * L, H]} row-major. */
    float[] rows();

    @Override
    void close();
  }
}
