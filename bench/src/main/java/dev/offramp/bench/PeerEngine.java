package dev.offramp.bench;

import dev.offramp.model.text.EncodedText;
import java.util.List;

/**
 * A way to run the encoder layers of a checkpoint: one of those that are compared.
 *
 * <p>Threading: one thread calls. Ownership: holds native memory until {@link #close}.
 */
interface PeerEngine extends AutoCloseable {
  /** Its name in tables and on the command line. */
  String name();

  /** The version of the library that runs the layers. */
  String version();

  /** What its products are computed in. */
  String precision();

  /** Readies a batch of texts of one length; what it needs lies in the engine's own memory. */
  Pass prepare(List<EncodedText> texts);

  @Override
  void close();

  /** A batch that can be run through all layers again and again. */
  interface Pass extends AutoCloseable {
    /** Puts the embedded texts where the first layer reads them. Not timed. */
    void reset();

    /** Runs the layers, all rows of all of them. This is what is timed. */
    void run();

    /** The logits {@code [B, C]} of the last exit for what the last {@link #run} gave. */
    float[] logits();

    @Override
    void close();
  }
}
