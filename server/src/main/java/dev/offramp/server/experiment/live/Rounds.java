package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.state.StateAwayException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Looks at all running experiments, again and again.
 *
 * <p>Threading: one thread of its own. While the state is away nothing is looked at.
 */
final class Rounds implements AutoCloseable {

  /** Who the audit log says it was, where a server changes an experiment by itself. */
  static final String WHO = "offramp";

  private static final Logger log = LogManager.getLogger(Rounds.class);

  private final String what;
  private final Experiments experiments;
  private final Consumer<ExperimentStatus> look;
  private final ScheduledExecutorService thread;

  /**
   * Rounds that have not begun.
   *
   * @param what is looked at, for the log and the thread's name
   */
  Rounds(String what, Experiments experiments, Consumer<ExperimentStatus> look) {
    this.what = what;
    this.experiments = experiments;
    this.look = look;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("offramp-" + what).daemon().factory());
  }

  void start(Duration interval) {
    var _ =
        thread.scheduleWithFixedDelay(
            this::lookQuietly, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void lookQuietly() {
    try {
      look();
    } catch (StateAwayException e) {
      log.debug("Not looked at, {}: {}", what, e.getMessage()); // Others say so louder.
    } catch (RuntimeException e) {
      log.error("Cannot be looked at, and tried again: {}", what, e);
    }
  }

  /** Looks at all now. */
  void look() {
    for (ExperimentStatus status : experiments.list()) {
      if (status.state() == ExperimentState.RUNNING) {
        look.accept(status);
      }
    }
  }

  @Override
  public void close() {
    thread.close(); // A look under way ends by itself.
  }
}
