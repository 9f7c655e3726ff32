package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that wait between layers, where copying their rows fails, or must not be. */
class ParkingTest {
  private static final ModelConfig CONFIG = RandomModels.config(4, 8, 2, 16, 2);

  private final AtomicLong clock = new AtomicLong();
  private final GatedBackend real = new GatedBackend(CONFIG.classes());
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final WorkQueue queue = new WorkQueue(1, Long.MAX_VALUE / 2, clock::get);

  /** A backend whose kernels fail to save every so often, and which parks or does not. */
  private Backend backend(int failEvery, boolean parks) {
    real.openGate();
    return new Backend() {
      @Override
      public LayerKernels kernels(int maxTokens, int maxSequences) {
        LayerKernels kernels = real.kernels(maxTokens, maxSequences);
        return new ForwardingKernels(kernels) {
          private int saves;

          @Override
          public void layer(int depth) {
            clock.addAndGet(100);
            super.layer(depth);
          }

          @Override
          public void save(int text, float[] rows) {
            if (++saves % failEvery == 0) {
              throw new KernelException("offramp_save: broken on purpose");
            }
            super.save(text, rows);
          }
        };
      }

      @Override
      public boolean parks() {
        return parks;
      }

      @Override
      public void close() {
        real.close();
      }
    };
  }

  private void offer(Lane lane) {
    var passage =
        new Passage(
            EncodedText.of(2, 5, 3),
            ExitRule.fullDepth(),
            Caller.NO_DEADLINE,
            new Caller.Listener() {
              @Override
              public void onDeparture(Departure departure) {
                ended.incrementAndGet();
              }

              @Override
              public void onAbandoned() {
                throw new AssertionError("nobody gave up");
              }

              @Override
              public void onFailure(Throwable cause) {
                failed.incrementAndGet();
              }
            });
    lane.hold();
    passage.accepted(CONFIG.layers(), CONFIG.classes(), clock.get(), 1, lane.expectations());
    assertThat(queue.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
  }

  /** Offers texts in clumps, so that batches meet and are parked; runs until all have ended. */
  private int run(Lane lane, long seed) {
    var random = new Random(seed);
    var work = new LaneWork(lane, 0, queue, clock::get, StepListener.none());
    int offered = 0;
    for (int i = 0; i < 300; i++) {
      for (int clump = random.nextInt(8); clump > 0; clump--, offered++) {
        offer(lane);
      }
      if (work.hasWork()) {
        work.step();
      }
    }
    while (work.hasWork()) {
      work.step();
    }
    return offered;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void save_failsNowAndThen_everyTextEndsOnceAndTheLaneIsFreedOnce(long seed) {
    var freed = new AtomicInteger();
    var lane =
        new Lane(CONFIG, backend(7, true), freed::incrementAndGet, 1, new BatchLimits(16, 8));
    // Batches are full at one size only, and often thin: they are parked.
    List.of(3, 16, 3, 16).forEach(tokens -> lane.cost().note(tokens, 50 + tokens));
    int offered = run(lane, seed);
    assertThat(failed.get()).as("of %s texts", offered).isPositive();
    assertThat(ended.get() + failed.get()).isEqualTo(offered);
    assertThat(freed).hasValue(0);
    lane.release();
    assertThat(freed).hasValue(1);
    assertThat(real.closed).as("kernels and backend").hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void backendThatDoesNotPark_overload_savesNothing(long seed) {
    var lane = new Lane(CONFIG, backend(1, false), () -> {}, 1, new BatchLimits(16, 8));
    List.of(3, 16, 3, 16).forEach(tokens -> lane.cost().note(tokens, 50 + tokens));
    int offered = run(lane, seed);
    assertThat(ended).hasValue(offered);
    assertThat(real.saved).hasValue(0);
    lane.release();
  }
}
