package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.GatedBackend;
import dev.offramp.server.refusal.Refusal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WarmupTest {

  private static final BatchLimits BATCH = new BatchLimits(64, 8);
  private static final int LAYERS = TestArtifacts.CONFIG.layers();

  @TempDir Path temporary;

  private final GatedBackend backend = new GatedBackend(TestArtifacts.CONFIG.classes());
  private final Engine engine =
      new Engine(new EngineSettings(1, BATCH, Duration.ofSeconds(60)), System::nanoTime);

  @AfterEach
  void close() {
    backend.openGate();
    engine.close();
  }

  private ModelRegistry registry(Duration limit) {
    return registry(engine, limit);
  }

  private ModelRegistry registry(Engine engine, Duration limit) {
    return new ModelRegistry(
        engine,
        (_, _) -> backend,
        new Host("x86_64", Set.of()),
        TargetWish.NONE,
        new Warmup(engine, 2, BATCH, limit),
        _ -> {});
  }

  private Path artifact() {
    return TestArtifacts.write(temporary.resolve("a"), "sst2", "1");
  }

  /** Ten texts a round, through every layer, although no more than four may wait at once. */
  @Test
  void load_notYetWarm_isInvisibleUntilAllTextsHavePassed() throws Exception {
    try (var registry = registry(Duration.ofMinutes(1))) {
      var loading = CompletableFuture.supplyAsync(() -> registry.load(artifact()));
      backend.arrived.acquire();
      assertThat(registry.models()).isEmpty();
      backend.openGate();
      ServedModel loaded = loading.get();
      assertThat(registry.models()).containsExactly(loaded);
      assertThat(backend.textLayers).hasValue(2 * 10 * LAYERS);
    }
    engine.close(); // A worker may still hold the lane, for the step that told the last end.
    assertThat(backend.closed).hasValue(2);
  }

  @Test
  void load_kernelFails_isRefusedWithTheReasonAndFreed() {
    backend.setFailing(true);
    backend.openGate();
    try (var registry = registry(Duration.ofMinutes(1))) {
      Path artifact = artifact();
      assertThatThrownBy(() -> registry.load(artifact))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll(artifact.toString(), "offramp_qkv: broken on purpose");
      assertThat(registry.models()).isEmpty();
    }
    engine.close();
    assertThat(backend.closed).hasValue(2);
  }

  @Test
  void load_neverWarm_isRefusedAndFreedOnceItsBatchEnds() {
    try (var registry = registry(Duration.ofMillis(1))) {
      assertThatThrownBy(() -> registry.load(artifact()))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("not warm after");
      assertThat(registry.models()).isEmpty();
    }
    backend.openGate();
    engine.close();
    assertThat(backend.closed).hasValue(2);
  }

  @Test
  void close_kernelHangs_refusesTheLoadWithoutWaitingForIt() throws Exception {
    var registry = registry(Duration.ofHours(1));
    Path artifact = artifact();
    var loading = CompletableFuture.supplyAsync(() -> registry.load(artifact));
    backend.arrived.acquire();
    registry.close();
    assertThatThrownBy(loading::get)
        .cause()
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.CLOSING);
    assertThat(backend.closed).as("the worker is still in the kernel").hasValue(0);
    backend.openGate();
    engine.close();
    assertThat(backend.closed).hasValue(2);
  }

  @Test
  void load_threadIsInterruptedWhileTheQueueIsFull_isRefusedAsClosing() throws Exception {
    // Whatever is begun fills it: nobody may be predicted to wait.
    try (var full = new Engine(new EngineSettings(1, BATCH, Duration.ZERO), System::nanoTime);
        var registry = registry(full, Duration.ofHours(1))) {
      Path artifact = artifact();
      var end = new CompletableFuture<ServedModel>();
      Thread loading =
          Thread.ofPlatform()
              .start(() -> end.completeAsync(() -> registry.load(artifact), Runnable::run));
      backend.gate.release(2 * LAYERS); // Two rounds of one text; the next is of more.
      backend.arrived.acquire(2 * LAYERS + 1);
      loading.interrupt();
      assertThatThrownBy(() -> end.get(60, TimeUnit.SECONDS))
          .cause()
          .extracting(e -> ((Refusal) e).reason())
          .isEqualTo(Refusal.Reason.CLOSING);
      backend.openGate();
    }
  }

  @Test
  void load_engineClosed_isRefusedAsClosing() {
    engine.close();
    try (var registry = registry(Duration.ofMinutes(1))) {
      assertThatThrownBy(() -> registry.load(artifact()))
          .extracting(e -> ((Refusal) e).reason())
          .isEqualTo(Refusal.Reason.CLOSING);
    }
    assertThat(backend.closed).as("kernels are made before the first text is offered").hasValue(2);
  }
}
