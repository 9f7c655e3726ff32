package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** One worker and a backend that runs a layer when the test says so. */
@Timeout(60)
abstract class EngineFixture {

  static final ModelConfig CONFIG = RandomModels.config(3, 8, 2, 16, 2);
  static final long MAX_WAIT_NANOS = 65_000;

  final GatedBackend backend = new GatedBackend(CONFIG.classes());
  final AtomicLong clock = new AtomicLong();
  volatile LongSupplier tick = clock::get;
  final AtomicInteger freed = new AtomicInteger();
  final Engine engine =
      new Engine(
          new EngineSettings(1, new BatchLimits(64, 16), Duration.ofNanos(MAX_WAIT_NANOS)),
          this::now);
  final Lane lane = engine.open(CONFIG, backend, freed::incrementAndGet);

  long now() {
    return tick.getAsLong();
  }

  @AfterEach
  void closeEngine() {
    backend.openGate();
    lane.release();
    engine.close();
  }

  record Sent(Passage passage, CompletableFuture<Departure> end, Engine.Offer offer) {}

  Sent send(ExitRule rule, long deadlineNanos) {
    return send(lane, rule, deadlineNanos);
  }

  Sent send(Lane lane, ExitRule rule, long deadlineNanos) {
    var end = new CompletableFuture<Departure>();
    var passage =
        new Passage(EncodedText.of(2, 5, 3), rule, deadlineNanos, new FutureListener(end));
    return new Sent(passage, end, engine.offer(lane, passage));
  }

  Sent send(ExitRule rule) {
    return send(rule, Caller.NO_DEADLINE);
  }

  void letOneLayerRun() {
    backend.arrived.acquireUninterruptibly();
    backend.gate.release();
  }

  /** Occupies the worker with a text that stands before its first layer. */
  Sent occupy() {
    Sent sent = send(ExitRule.fullDepth());
    backend.arrived.acquireUninterruptibly();
    backend.arrived.release();
    return sent;
  }
}
