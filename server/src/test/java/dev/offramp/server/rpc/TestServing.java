package dev.offramp.server.rpc;

import dev.offramp.server.audit.AuditSettings;
import dev.offramp.server.audit.Audits;
import dev.offramp.server.audit.DriftPolicy;
import dev.offramp.server.audit.TierWatch;
import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.cache.SharedTexts;
import dev.offramp.server.cache.TraceCache;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.registry.ModelRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What calls of tests are answered with: an empty cache, and no audits. */
final class TestServing {
  private TestServing() {}

  static Serving of(
      ModelRegistry registry,
      Engine engine,
      BrownOut brownOut,
      Optional<Experiments> experiments,
      Supplier<Executor> answering,
      LongSupplier nanoTime) {
    var texts = new SharedTexts(new TraceCache(CacheSettings.DEFAULT));
    var audits =
        new Audits(
            AuditSettings.of(0, Duration.ZERO, EngineSettings.of(1)),
            engine,
            texts,
            _ -> {},
            System::nanoTime,
            () -> 0);
    return new Serving(
        registry,
        engine,
        texts,
        brownOut,
        audits,
        new TierWatch(DriftPolicy.WARN, Map::of, registry::catalog),
        experiments,
        answering,
        nanoTime);
  }
}
