package dev.offramp.server;

import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.registry.TargetWish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of servers that tests start: loopback, a free port, everything small. */
final class TestSettings {

  static ServerSettings of(Path... artifacts) {
    return of(2, Duration.ofSeconds(60), Duration.ofSeconds(30), artifacts);
  }

  static ServerSettings of(int workers, Duration maxWait, Duration drain, Path... artifacts) {
    return new ServerSettings(
        List.of(artifacts),
        TargetWish.NONE,
        "127.0.0.1",
        0,
        new EngineSettings(workers, new BatchLimits(128, 16), maxWait, false),
        maxWait,
        new CacheSettings(1 << 20, 1 << 20, Optional.empty()),
        drain);
  }

  private TestSettings() {}
}
