package dev.offramp.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.cache.SharedTexts;
import dev.offramp.server.cache.TraceCache;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.DepartureListener;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.GatedBackend;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.registry.ColdRegistry;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ServedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One worker, whose layers run when the test says so and take as long as it says. */
@Timeout(60)
class AuditsUnderLoadTest {

  private static final EncodedText TEXT = EncodedText.of(2, 5, 3);
  private static final int LAYERS = TestArtifacts.CONFIG.layers();

  @TempDir private Path temporary;

  private final AtomicLong clock = new AtomicLong();
  private final GatedBackend backend = new GatedBackend(TestArtifacts.CONFIG.classes());
  private final Engine engine =
      new Engine(new EngineSettings(1, new BatchLimits(64, 8), Duration.ofSeconds(60)), clock::get);
  private final ModelRegistry registry = ColdRegistry.of(engine, (_, _) -> backend);
  private final Queue<Event> events = new ConcurrentLinkedQueue<>();
  private final Audits audits =
      new Audits(
          new AuditSettings(1, Duration.ZERO, 2L * TEXT.length(), Duration.ofSeconds(10)),
          engine,
          new SharedTexts(new TraceCache(CacheSettings.DEFAULT)),
          events::add,
          clock::get,
          () -> 0);
  private ServedModel model;

  @BeforeEach
  void load() {
    model = registry.load(TestArtifacts.write(temporary.resolve("a"), "sst2", "1"));
  }

  @AfterEach
  void close() {
    backend.openGate();
    registry.close();
    engine.close();
  }

  private void answered() {
    audits.answered(model, TEXT, Optional.empty());
  }

  /** Occupies the worker with a text that stands before its first layer. */
  private void occupy() {
    DepartureListener listener = _ -> {};
    assertThat(
            engine.offer(
                model.lane(),
                new Passage(TEXT, ExitRule.fullDepth(), Caller.NO_DEADLINE, listener)))
        .isEqualTo(Engine.Offer.ACCEPTED);
    backend.arrived.acquireUninterruptibly();
  }

  @Test
  void answered_idleServer_isScored() {
    backend.openGate();
    answered();
    await().until(() -> audits.statistics().done() == 1);
    assertThat(events).hasSize(model.manifest().tiers().tiers().size());
    assertThat(backend.textLayers).hasValue(LAYERS);
    answered(); // Known now.
    assertThat(audits.statistics()).isEqualTo(new AuditStatistics(2, 0, 0));
    assertThat(backend.textLayers).hasValue(LAYERS);
  }

  /** Else those that went to full depth anyway, where tiers agree, would be all that counts. */
  @Test
  void answered_whileATextRunsAndTheTraceIsKnown_isDroppedAlike() {
    learnThatLayersTakeTime();
    answered();
    backend.gate.release(LAYERS);
    await().until(() -> audits.statistics().done() == 1);
    backend.arrived.acquireUninterruptibly(LAYERS);
    occupy();
    answered();
    assertThat(audits.statistics()).isEqualTo(new AuditStatistics(1, 1, 0));
  }

  private void learnThatLayersTakeTime() {
    occupy();
    for (int layer = 1; layer <= LAYERS; layer++) { // Now it is known that layers take time.
      clock.addAndGet(Duration.ofMillis(1).toNanos());
      backend.gate.release();
      if (layer < LAYERS) {
        backend.arrived.acquireUninterruptibly();
      }
    }
    await().until(() -> engine.predictedWait().isZero());
  }

  @Test
  void answered_whileATextRuns_isDropped() {
    learnThatLayersTakeTime();
    occupy();
    answered();
    assertThat(audits.statistics()).isEqualTo(new AuditStatistics(0, 1, 0));
    backend.openGate();
    engine.close();
    assertThat(events).isEmpty();
    assertThat(backend.textLayers).hasValue(2 * LAYERS);
  }

  @Test
  void answered_asManyAreUnderWayAsMayBe_isDroppedUntilOneHasEnded() {
    occupy();
    answered(); // What layers take is not known yet: they wait.
    answered();
    answered();
    assertThat(audits.statistics()).isEqualTo(new AuditStatistics(0, 1, 0));
    backend.openGate();
    await().until(() -> audits.statistics().done() == 2);
    answered();
    assertThat(audits.statistics()).isEqualTo(new AuditStatistics(3, 1, 0));
  }

  @Test
  void answered_loadComesAfterwards_isDroppedOnceItsTimeIsOver() {
    occupy();
    answered(); // What layers take is not known yet: it waits.
    clock.addAndGet(Duration.ofSeconds(11).toNanos());
    backend.openGate();
    await().until(() -> audits.statistics().dropped() == 1);
    engine.close();
    assertThat(events).isEmpty();
    assertThat(backend.textLayers).hasValue(LAYERS);
  }

  @Test
  void close_auditsAreUnderWay_dropsThemAndTakesNoMore() {
    occupy();
    answered(); // It waits.
    audits.close();
    answered();
    backend.openGate();
    engine.close();
    assertThat(audits.statistics()).isEqualTo(new AuditStatistics(0, 2, 0));
    assertThat(backend.textLayers).hasValue(LAYERS);
  }

  @Test
  void answered_kernelsFail_isCountedAsFailed() {
    backend.setFailing(true);
    backend.openGate();
    answered();
    await().until(() -> audits.statistics().failed() == 1);
    assertThat(events).isEmpty();
  }

  @Test
  void draws_byShare() {
    assertThat(audits.draws()).isTrue();
    assertThat(drawing(0, 0).draws()).isFalse();
    assertThat(drawing(0.01, 0.0099).draws()).isTrue();
    assertThat(drawing(0.01, 0.01).draws()).isFalse();
  }

  private Audits drawing(double share, double drawn) {
    return new Audits(
        AuditSettings.of(share, Duration.ZERO, EngineSettings.of(1)),
        engine,
        new SharedTexts(new TraceCache(CacheSettings.DEFAULT)),
        events::add,
        clock::get,
        () -> drawn);
  }
}
