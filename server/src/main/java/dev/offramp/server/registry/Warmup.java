package dev.offramp.server.registry;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.io.DurationText;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import dev.offramp.server.refusal.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/*
 * The first texts through a model are slow: weights are paged in, workers allocate their buffers,
 * code is compiled. Here these texts are nobody's: before a model becomes visible, batches of random
 * tokens go through all of its layers, the shortest text, the longest, and a full batch, once for
 * each worker. Idle workers are served in turn, so each gets its share where nothing else runs.
 *
 * Nobody waits for them, so they go behind all texts that somebody does wait for, of any model, as
 * audits do; where workers are never without those, a twentieth of the time is theirs.
 *
 * A kernel may never return, this model's or another's that has the worker: a server that closes does
 * not wait for it, nor does who loads a model for longer than the limit.
 */

/**
 * Runs batches through a model before it answers anyone, and finds out whether it runs at all.
 *
 * <p>Threading: safe for all threads; the caller waits.
 */
public final class Warmup {

  private static final long SEED = 1;

  private final Engine engine;
  private final int rounds;
  private final BatchLimits batch;
  private final Duration limit;
  private final CompletableFuture<Void> closing = new CompletableFuture<>();

  /**
   * Plans warm-ups.
   *
   * @param rounds how often each size of batch runs: the engine's workers
   * @param batch how much a worker takes at once
   * @param limit how long a model may take before it is refused; zero for no warm-up
   */
  public Warmup(Engine engine, int rounds, BatchLimits batch, Duration limit) {
    this.engine = engine;
    this.rounds = rounds;
    this.batch = batch;
    this.limit = limit;
  }

  /**
   * Warms a model whose lane the caller holds.
   *
   * @throws ModelFormatException if one of its kernels fails, or it takes too long
   * @throws Refusal if this or the engine closes, or the thread is interrupted
   */
  void run(ServedModel model) {
    if (limit.isZero()) {
      return;
    }
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    model.lane().makeKernels(); // All: which workers take the rounds below is up to them.
    var random = new Random(SEED);
    ModelConfig config = model.manifest().config();
    for (int i = 0; i < rounds; i++) {
      new Round(model, deadlineNanos, 1).run(random, 1);
      new Round(model, deadlineNanos, 1).run(random, config.maxPositions());
      int fair = Math.max(1, batch.tokens() / batch.sequences());
      new Round(model, deadlineNanos, batch.sequences())
          .run(random, Math.min(config.maxPositions(), fair));
    }
  }

  /** Ends the warm-ups that are under way, and lets no other begin. */
  void close() {
    closing.complete(null);
  }

  /** Texts that run at the same time. */
  private final class Round implements Caller.Listener {

    private final ServedModel model;
    private final long deadlineNanos;
    private final int texts;
    private final AtomicInteger left;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final List<Passage> passages = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Round(ServedModel model, long deadlineNanos, int texts) {
      this.model = model;
      this.deadlineNanos = deadlineNanos;
      this.texts = texts;
      this.left = new AtomicInteger(texts);
    }

    void run(Random random, int tokens) {
      try {
        int vocabulary = model.manifest().config().vocabSize();
        for (int i = 0; i < texts; i++) {
          offer(EncodedText.of(random.ints(tokens, 0, vocabulary).toArray()));
        }
        CompletableFuture.anyOf(ended, closing)
            .get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        requireOpen();
      } catch (TimeoutException _) {
        throw tooLong();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw Refusal.closing();
      } catch (ExecutionException e) {
        throw new AssertionError("neither of the two is ever completed by a failure", e);
      } finally {
        passages.forEach(Passage::abandon); // Those that have ended do not care.
      }
      Throwable cause = failure.get();
      if (cause != null) {
        throw new ModelFormatException(
            model.directory(), "a kernel failed at its first texts: " + cause.getMessage(), cause);
      }
    }

    private void offer(EncodedText text) throws InterruptedException {
      var caller = new Caller(ExitRule.fullDepth(), Caller.NO_DEADLINE, this);
      var passage = new Passage(text, caller, Priority.AUDIT, model, null, null, true);
      Engine.Offer offer = engine.offer(model.lane(), passage);
      while (offer != Engine.Offer.ACCEPTED && offer != Engine.Offer.CLOSED) {
        requireOpen();
        if (System.nanoTime() - deadlineNanos >= 0) {
          throw tooLong();
        }
        Thread.sleep(1); // Those served come first.
        offer = engine.offer(model.lane(), passage);
      }
      if (offer == Engine.Offer.CLOSED) {
        throw Refusal.closing();
      }
      passages.add(passage);
    }

    private void requireOpen() {
      if (closing.isDone()) {
        throw Refusal.closing();
      }
    }

    private NotWarmException tooLong() {
      return new NotWarmException(
          model.directory(),
          "not warm after "
              + DurationText.format(limit)
              + " (expected: sooner). Give it longer with --warm-up-limit, or load it when less is"
              + " going on.");
    }

    @Override
    public void onDeparture(Departure departure) {
      oneEnded();
    }

    @Override
    public void onAbandoned() {
      oneEnded();
    }

    @Override
    public void onFailure(Throwable cause) {
      failure.compareAndSet(null, cause);
      oneEnded();
    }

    private void oneEnded() {
      if (left.decrementAndGet() == 0) {
        ended.complete(null);
      }
    }
  }
}
