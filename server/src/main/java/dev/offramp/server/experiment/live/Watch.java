package dev.offramp.server.experiment.live;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.Running;
import dev.offramp.server.experiment.state.Definitions;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.wire.StatusMessages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Knows which experiments run, and looks for changes that others made. While the database is away
 * it knows what it knew last, from a file if the server has started since.
 *
 * <p>Threading: safe for all threads; {@link #running} is one volatile read.
 */
final class Watch {

  private static final Logger log = LogManager.getLogger(Watch.class);

  private final Definitions definitions;
  private final Path file;

  /** All of the time, if it takes as long: it asks for a number, mostly. */
  private final Paced looks = Paced.byClock("experiments", this::sees, 1, Duration.ZERO);

  private volatile Running running = Running.NONE;

  /** Guarded by this. */
  private long revision = -1;

  /** Guarded by this. */
  private boolean away;

  /**
   * A watch that has looked once.
   *
   * @param file where what was last known is kept
   */
  Watch(Definitions definitions, Path file) {
    this.definitions = definitions;
    this.file = file;
    try {
      look();
    } catch (StateAwayException e) {
      recall(e);
    }
  }

  /** Begins to look again and again. */
  void start(Duration interval) {
    looks.start(interval, interval);
  }

  /** How looks go. */
  Paced.Progress progress() {
    return looks.progress();
  }

  Running running() {
    return running;
  }

  /** An experiment of a name; one that was made a moment ago is looked for. */
  Optional<Experiment> find(String name) {
    Optional<Experiment> known = running.experiment(name);
    if (known.isPresent()) {
      return known;
    }
    lookAgain();
    return running.experiment(name);
  }

  /** Whether what is known may be old, since the state was away when it was last asked. */
  synchronized boolean isAway() {
    return away;
  }

  /** Looks for changes now. */
  synchronized void look() {
    long now = definitions.revision();
    if (now != revision) {
      // Read after the revision, so perhaps newer than it: then it is read once more.
      List<ExperimentStatus> all = definitions.all();
      running = Running.of(all);
      revision = now;
      keep(all);
    }
    if (away) {
      away = false;
      log.info("The state of experiments is back");
    }
  }

  /** The same; where the state is away just now, it is seen later. */
  void lookAgain() {
    var _ = sees();
  }

  private boolean sees() {
    try {
      look();
      return true;
    } catch (StateAwayException e) {
      told(e);
      return false;
    } catch (RuntimeException e) {
      log.error("The state of experiments cannot be read: what was last known goes on", e);
      return false;
    }
  }

  private synchronized void told(StateAwayException e) {
    if (!away) {
      away = true;
      log.warn("Experiments go on as last known: {}", e.getMessage());
    }
  }

  private void keep(List<ExperimentStatus> all) {
    try {
      AtomicFiles.write(file, StatusMessages.toJson(all).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      log.warn("{}: cannot be written, for a start without the database: {}", file, e.getMessage());
    }
  }

  private void recall(StateAwayException cause) {
    told(cause);
    try {
      running = Running.of(StatusMessages.ofJson(Files.readString(file)));
    } catch (IOException | RuntimeException e) {
      log.warn(
          "{}: nothing is known of experiments until the state is back: {}", file, e.toString());
    }
  }

  /** Looks no more; false if a look under way has not ended within the limit. */
  boolean stop(Duration limit) {
    return looks.stop(limit);
  }
}
