package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;

/*
 * Why masks are drawn here: PyTorch's dropout draws from one generator for the whole process, a number
 * after the other. Parts of a batch that run at the same time would get other masks each time, and a
 * twelfth of all that a training process did went into the drawing. Here four values come from one 64-bit number, and
 * which those are follows from the seed alone.
 */

/**
 * Dropout for one pass of one part of a batch: each use draws the next mask, so a pass that makes
 * the same uses in the same order drops the same activations.
 *
 * <p>A value stays with probability {@code 1 - rate} and is then divided by that, so that its mean
 * is kept; rates are rounded to 1 / 65,536.
 *
 * <p>Ownership: masks belong to their array's manager. Threading: not safe.
 *
 * <p>Source: Srivastava et al., 2014; numbers by {@link SplitMix64}.
 */
final class Dropout {
  private static final int STEPS = 1 << 16;

  /** Values drawn at a time: a multiple of the four of a number. */
  private static final int CHUNK = 4096;

  private final Rates rates;
  private long counter;
  private final float[] drawn = new float[CHUNK];

  /**
   * Draws from a seed.
   *
   * @param rates how much is dropped
   */
  Dropout(Rates rates, long seed) {
    this.rates = rates;
    this.counter = seed;
  }

  /** Drops nothing. */
  static Dropout none() {
    return new Dropout(Rates.NONE, 0);
  }

  /**
   * The rates at which activations are dropped while training.
   *
   * @param hidden after the embeddings and after every block
   * @param attention on attention probabilities
   * @param classifier on the pooled row before a classifier
   */
  record Rates(double hidden, double attention, double classifier) {
    static final Rates NONE = new Rates(0, 0, 0);
  }

  /** After the embeddings, or after a block. */
  NDArray hidden(NDArray x) {
    return drop(x, rates.hidden);
  }

  /** On attention probabilities. */
  NDArray attention(NDArray shares) {
    return drop(shares, rates.attention);
  }

  /** On the pooled rows. */
  NDArray classifier(NDArray pooled) {
    return drop(pooled, rates.classifier);
  }

  private NDArray drop(NDArray x, double rate) {
    int dropped = (int) Math.round(rate * STEPS);
    return dropped == 0 ? x : x.mul(mask(x.getManager(), x.getShape(), dropped));
  }

  private NDArray mask(NDManager manager, Shape shape, int dropped) {
    NDArray mask = manager.create(shape, DataType.FLOAT32); // In PyTorch's own memory.
    FloatBuffer view = PyTorch.view(mask);
    float[] fates = {(float) STEPS / (STEPS - dropped), 0}; // Looked up: a branch would be guessed.
    for (int from = 0; from < view.capacity(); from += CHUNK) {
      draw(fates, dropped);
      view.put(from, drawn, 0, Math.min(CHUNK, view.capacity() - from));
    }
    return mask;
  }

  private void draw(float[] fates, int dropped) {
    for (int i = 0; i < CHUNK; i += 4) {
      counter += SplitMix64.STEP;
      long bits = SplitMix64.mixed(counter);
      drawn[i] = fates[fate(bits, dropped)];
      drawn[i + 1] = fates[fate(bits >>> 16, dropped)];
      drawn[i + 2] = fates[fate(bits >>> 32, dropped)];
      drawn[i + 3] = fates[fate(bits >>> 48, dropped)];
    }
  }

  /** 1 if the lowest sixteen bits are a number below a bound, else 0. */
  private static int fate(long bits, int bound) {
    return ((int) (bits & (STEPS - 1)) - bound) >>> 31;
  }
}
