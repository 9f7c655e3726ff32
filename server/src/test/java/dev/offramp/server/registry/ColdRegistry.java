package dev.offramp.server.registry;

import dev.offramp.server.engine.BackendFactory;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Engine;
import java.time.Duration;
import java.util.Set;

/** A registry on a plain host that warms nothing up and tells nobody. */
public final class ColdRegistry {
  private ColdRegistry() {}

  /** Over an engine and backends of the test's. */
  public static ModelRegistry of(Engine engine, BackendFactory backends) {
    return new ModelRegistry(
        engine,
        backends,
        new Host("x86_64", Set.of()),
        TargetWish.NONE,
        new Warmup(engine, 1, new BatchLimits(64, 8), Duration.ZERO),
        _ -> {});
  }
}
