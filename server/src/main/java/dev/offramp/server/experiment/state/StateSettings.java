package dev.offramp.server.experiment.state;

import dev.offramp.model.io.DurationText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where the state of experiments is kept.
 *
 * @param directory this server's own: the journal of what is not counted yet, what was last known,
 *     and the embedded database
 * @param url a database that replicas share, as JDBC names it; empty for the embedded one
 * @param poll the time between two looks for others' changes
 * @param flush the time between two deliveries of counts
 * @param keep how long units and outcomes are kept once an experiment ended: see {@link Books}
 */
public record StateSettings(
    Path directory, Optional<String> url, Duration poll, Duration flush, Duration keep) {

  /** What the address of a shared database begins with: {@value}. */
  public static final String POSTGRESQL = "jdbc:postgresql:";

  /** A second. */
  public static final Duration DEFAULT_POLL = Duration.ofSeconds(1);

  /** Half a second. */
  public static final Duration DEFAULT_FLUSH = Duration.ofMillis(500);

  /** Thirty days. */
  public static final Duration DEFAULT_KEEP = Duration.ofDays(30);

  /** Checks. */
  public StateSettings {
    url.ifPresent(address -> {
      if (!address.startsWith(POSTGRESQL)) {
        // What follows may hold a password.
        throw new IllegalArgumentException(
            "state url: '%s...' (expected: %s//HOST/DATABASE)"
                .formatted(address.substring(0, Math.min(address.length(), 5)), POSTGRESQL));
      }
    });
    require("poll", poll);
    require("flush", flush);
    require("keep", keep);
  }

  /** With the default time for which outcomes are kept. */
  public StateSettings(Path directory, Optional<String> url, Duration poll, Duration flush) {
    this(directory, url, poll, flush, DEFAULT_KEEP);
  }

  private static void require(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          name + ": " + DurationText.format(value) + " (expected: > 0)");
    }
  }

  /** With the default times. */
  public static StateSettings of(Path directory, Optional<String> url) {
    return new StateSettings(directory, url, DEFAULT_POLL, DEFAULT_FLUSH);
  }

  /** The same with another time for which outcomes are kept. */
  public StateSettings withKeep(Duration time) {
    return new StateSettings(directory, url, poll, flush, time);
  }
}
