package dev.offramp.server;

import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.registry.TargetWish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Settings of servers that tests start: loopback, a free port, everything small. */
final class TestSettings {

  static ServerSettings of(Path... artifacts) {
    return of(2, 1_000, Duration.ofSeconds(30), artifacts);
  }

  static ServerSettings of(int workers, int maxQueue, Duration drain, Path... artifacts) {
    return new ServerSettings(
        List.of(artifacts),
        TargetWish.NONE,
        "127.0.0.1",
        0,
        workers,
        1 << 20,
        maxQueue,
        new BatchLimits(128, 16),
        drain);
  }

  private TestSettings() {}
}
