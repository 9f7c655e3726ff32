package dev.offramp.server.engine;

import dev.offramp.model.io.DurationText;
import java.time.Duration;

/**
 * How an engine is set up.
 *
 * @param workers threads that run kernels; one a core is best, for kernels are single-threaded
 * @param batch how much a worker takes at once
 * @param maxWait how long a text may be predicted to wait before it starts; more are refused
 */
public record EngineSettings(int workers, BatchLimits batch, Duration maxWait) {

  /** 512 tokens or 64 texts: where kernels are near their best, and a step is soon over. */
  public static final BatchLimits DEFAULT_BATCH = new BatchLimits(512, 64);

  /** One second. */
  public static final Duration DEFAULT_MAX_WAIT = Duration.ofSeconds(1);

  /** Checks what can be checked. */
  public EngineSettings {
    if (workers < 1) {
      throw new IllegalArgumentException("workers: " + workers + " (expected: >= 1)");
    }
    if (maxWait.isNegative()) {
      throw new IllegalArgumentException(
          "max wait: " + DurationText.format(maxWait) + " (expected: >= 0)");
    }
  }

  /** All defaults but the number of workers. */
  public static EngineSettings of(int workers) {
    return new EngineSettings(workers, DEFAULT_BATCH, DEFAULT_MAX_WAIT);
  }
}
