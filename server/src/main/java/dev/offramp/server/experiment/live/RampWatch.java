package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.ramp.RampProgress;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.refusal.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * As with guardrails, all replicas look, and each goes on from the version that it looked at: the first
 * one raises the version, so the others are refused, and so is one whose look was overtaken by a person.
 */

/**
 * Carries out the ramp plans of running experiments.
 *
 * <p>Threading: one thread of its own. While the state is away nothing goes on.
 */
final class RampWatch {

  private static final Logger log = LogManager.getLogger(RampWatch.class);

  private final Experiments experiments;
  private final Paced looks = Looks.of("ramps", this::look);

  /** What the log was last told to be held, and by what; only of the thread. */
  private final Map<String, RampProgress.Hold> told = new HashMap<>();

  RampWatch(Experiments experiments) {
    this.experiments = experiments;
  }

  /** Begins to look again and again. */
  void start(Duration interval) {
    looks.start(interval, interval);
  }

  private boolean look() {
    try {
      boolean all = true;
      for (ExperimentStatus status : experiments.list()) {
        if (status.state() == ExperimentState.RUNNING && status.experiment().ramp().isPresent()) {
          all &= look(status);
        }
      }
      return all;
    } catch (StateAwayException e) {
      log.debug("Ramp plans are not looked at: {}", e.getMessage()); // Others say so louder.
      return false;
    } catch (RuntimeException e) {
      log.error("Ramp plans cannot be looked at, and are tried again", e);
      return false;
    }
  }

  /** One that cannot be looked at keeps no other. */
  private boolean look(ExperimentStatus status) {
    try {
      experiments
          .ramp(status, experiments.totals(status.experiment()))
          .ifPresent(progress -> proceed(status, progress));
      return true;
    } catch (StateAwayException e) {
      throw e;
    } catch (RuntimeException e) {
      log.error("The ramp plan of {} cannot be looked at, and is tried again", status.name(), e);
      return false;
    }
  }

  private void proceed(ExperimentStatus status, RampProgress progress) {
    switch (progress.state()) {
      case DUE -> {
        told.remove(status.name());
        goOn(status, progress);
      }
      case HELD -> tell(status, progress);
      case WAITING, SUSPENDED, DONE -> told.remove(status.name());
    }
  }

  private void tell(ExperimentStatus status, RampProgress progress) {
    RampProgress.Hold hold = progress.hold().orElseThrow();
    if (hold != told.put(status.name(), hold)) {
      log.warn(
          "Experiment {} stays at coverage {}: {}",
          status.name(),
          status.experiment().coverage(),
          progress.reason());
    }
  }

  private void goOn(ExperimentStatus status, RampProgress progress) {
    double next = progress.next().orElseThrow();
    try {
      var _ =
          experiments
              .edits()
              .ramp(
                  status.name(),
                  next,
                  new Change(status.version(), GuardrailWatch.WHO, progress.reason()));
      log.info("Experiment {} goes on to coverage {}: {}", status.name(), next, progress.reason());
    } catch (Refusal e) {
      log.debug("Experiment {} was changed meanwhile: {}", status.name(), e.getMessage());
    }
  }

  /** How looks go. */
  Paced.Progress progress() {
    return looks.progress();
  }

  /** Looks no more; false if a look under way has not ended within the limit. */
  boolean stop(Duration limit) {
    return looks.stop(limit);
  }
}
