package dev.offramp.server.engine;

/*
 * A layer's time over a batch is close to a straight line over its tokens: a part that every batch
 * pays (weights pass through the caches once, kernels are called, an exit is evaluated), and a part
 * a token. Both are fitted by least squares over the steps that ran, each weighing a little less than
 * the next, so that the fit follows a machine whose pace changes. A step that took several times what
 * was expected was interrupted by something else; it counts as no more than that limit.
 */

/**
 * What a layer costs, as measured where it runs.
 *
 * <p>Threading: safe for all threads.
 */
public final class LayerCost {
  /** What an observation weighs against the next one. */
  private static final double MEMORY = 0.99;

  /** The most that one step may seem to take, over what was expected. */
  private static final double LIMIT = 4;

  /** The deviation of batches' tokens, over their mean, from which both parts are fitted. */
  private static final double LEAST_SPREAD = 0.25;

  /** Observations before the limit holds. */
  private static final double FIRST = 8;

  private double weight;
  private double tokens;
  private double nanos;
  private double tokensSquared;
  private double tokensNanos;

  private volatile double fixedNanos;
  private volatile double nanosPerToken;

  /** One layer took so long for a batch of so many tokens. */
  synchronized void note(int batchTokens, long tookNanos) {
    double took = tookNanos;
    if (weight > FIRST) {
      took = Math.min(took, LIMIT * nanos(batchTokens));
    }
    weight = MEMORY * weight + 1;
    tokens = MEMORY * tokens + batchTokens;
    nanos = MEMORY * nanos + took;
    tokensSquared = MEMORY * tokensSquared + (double) batchTokens * batchTokens;
    tokensNanos = MEMORY * tokensNanos + batchTokens * took;
    fit();
  }

  private void fit() {
    double spread = weight * tokensSquared - tokens * tokens;
    double slope = 0;
    double rest = 0;
    // Batches of about one size tell nothing of the two parts: noise would. The former shares stay.
    if (spread > LEAST_SPREAD * LEAST_SPREAD * tokens * tokens) {
      slope = (weight * tokensNanos - tokens * nanos) / spread;
      rest = (nanos - slope * tokens) / weight;
    }
    if (slope > 0 && rest >= 0) {
      nanosPerToken = slope;
      fixedNanos = rest;
      return;
    }
    double expected = fixedNanos * weight + nanosPerToken * tokens;
    double pace = expected > 0 ? nanos / expected : 0;
    if (pace > 0) {
      fixedNanos *= pace;
      nanosPerToken *= pace;
    } else {
      nanosPerToken = nanos / tokens;
    }
  }

  /** What a layer is expected to take for a batch of so many tokens; 0 before anything ran. */
  public double nanos(int batchTokens) {
    return fixedNanos + nanosPerToken * batchTokens;
  }

  /** The part that every batch pays. */
  public double fixedNanos() {
    return fixedNanos;
  }

  /** The part a token. */
  public double nanosPerToken() {
    return nanosPerToken;
  }

  /** The tokens at which the fixed part is no more than this share of a batch's time. */
  int tokensAtShare(double share) {
    double each = nanosPerToken;
    return each <= 0 ? 1 : (int) Math.min(1e6, Math.ceil(fixedNanos / each * (1 / share - 1)));
  }
}
