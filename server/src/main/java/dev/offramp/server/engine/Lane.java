package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A model in the engine: its backend, each worker's kernels, and the texts that wait for it.
 *
 * <p>Ownership: counted. Whoever uses a lane holds it; it is born held once, and the last {@link
 * #release} frees kernels, backend and whatever else came with it. So a model can be retired while
 * texts are on their way through it.
 */
public final class Lane {

  private static final Logger log = LogManager.getLogger(Lane.class);

  private final ModelConfig config;
  private final Backend backend;
  private final Runnable onFree;
  private final LayerKernels[] kernels;
  private final BatchLimits limits;
  private final AtomicLong holds = new AtomicLong(1);

  private final LayerCost cost = new LayerCost();
  private final Expectations expectations;
  private final TimeBuckets waits = new TimeBuckets();

  /** Changed under the queue's lock. */
  final Arrivals arrivals = new Arrivals();

  Lane(ModelConfig config, Backend backend, Runnable onFree, int workers, BatchLimits limits) {
    this.config = config;
    this.backend = backend;
    this.onFree = onFree;
    this.kernels = new LayerKernels[workers];
    this.expectations = new Expectations(config.layers());
    this.limits =
        new BatchLimits(Math.max(limits.tokens(), config.maxPositions()), limits.sequences());
  }

  /** The model's shape. */
  public ModelConfig config() {
    return config;
  }

  /** Holds the lane, unless it has been freed. */
  public boolean hold() {
    long count = holds.get();
    while (count > 0) {
      long seen = holds.compareAndExchange(count, count + 1);
      if (seen == count) {
        return true;
      }
      count = seen;
    }
    return false;
  }

  /** Gives a hold back; the last one frees the model. */
  public void release() {
    release(1);
  }

  void release(int count) {
    long left = holds.addAndGet(-count);
    if (left < 0) {
      throw new IllegalStateException("a lane was released more often than it was held");
    }
    if (left == 0) {
      free();
    }
  }

  /** Frees everything, whatever of it fails: nobody who gave a hold back could do more. */
  private void free() {
    for (LayerKernels worker : kernels) {
      if (worker != null) {
        free("kernels", worker::close);
      }
    }
    free("backend", backend::close);
    free("model", onFree);
  }

  private static void free(String what, Runnable close) {
    try {
      close.run();
    } catch (RuntimeException | Error e) {
      log.error("A retired lane's {} could not be freed", what, e);
    }
  }

  /** What a layer of this model costs here. */
  public LayerCost cost() {
    return cost;
  }

  /**
   * How long texts waited until a worker took them to run their first layer, as answers say it.
   * Without audits, which wait until nobody else does.
   */
  public TimeBuckets waits() {
    return waits;
  }

  /** A worker has taken a text that waited to start, and that somebody still waits for. */
  void noteWait(Passage passage, long nanos) {
    if (passage.priority() != Priority.AUDIT) {
      waits.add(nanos - passage.waitingSince());
    }
  }

  /**
   * Announces at which depth texts of a rule leave on average, as calibration measured it; what is
   * seen corrects it. Without, all that are not of full depth share one expectation.
   */
  public void expect(ExitRule rule, double depth) {
    expectations.announce(rule, depth);
  }

  Expectations expectations() {
    return expectations;
  }

  /** How long a text will hardly need for more than, from its start to where its rule asks. */
  double likelyNanos(Passage passage) {
    return expectations.times().nanos(layersLeft(passage));
  }

  private double layersLeft(Passage passage) {
    int start = passage.startDepth();
    double left = passage.expectedDepth(expectations) - start;
    // One that came farther than most: then half of what is left, having no better guess.
    return start > 0 && left < 1 ? (config.layers() - start + 1) / 2.0 : left;
  }

  /** The worker's time that a text is predicted to take. */
  double predictNanos(Passage passage) {
    // A full batch's price: whoever waits will share one.
    int full = DepthPolicy.full(cost, limits);
    return layersLeft(passage) * passage.tokens() * cost.nanos(full) / full;
  }

  /** Whether texts may be parked between layers. */
  boolean parks() {
    return backend.parks();
  }

  /** Whether everything was freed. */
  boolean isFreed() {
    return holds.get() == 0;
  }

  BatchLimits limits() {
    return limits;
  }

  /** Makes all workers' kernels, before the first text is offered. */
  public void makeKernels() {
    for (int worker = 0; worker < kernels.length; worker++) {
      kernels(worker);
    }
  }

  /**
   * The kernels of one worker, made when it first needs them. Called by that worker alone once
   * texts are offered.
   */
  LayerKernels kernels(int worker) {
    @Nullable LayerKernels made = kernels[worker];
    if (made == null) {
      made = backend.kernels(limits.tokens(), limits.sequences());
      kernels[worker] = made;
    }
    return made;
  }

  /** Checks that the kernels can take a text: they check nothing themselves. */
  void requireFits(Passage passage) {
    var text = passage.text();
    if (text.length() > config.maxPositions()) {
      throw new IllegalArgumentException(
          "tokens: " + text.length() + " (expected: at most " + config.maxPositions() + ")");
    }
    for (int t = 0; t < text.length(); t++) {
      requireBelow("token id", text.id(t), t, config.vocabSize());
      requireBelow("token type", text.type(t), t, config.typeVocabSize());
    }
    passage.requireStartFits(config);
  }

  private static void requireBelow(String what, int value, int token, int limit) {
    if (value < 0 || value >= limit) {
      throw new IllegalArgumentException(
          what + " of token " + token + ": " + value + " (expected: 0 to " + (limit - 1) + ")");
    }
  }
}
