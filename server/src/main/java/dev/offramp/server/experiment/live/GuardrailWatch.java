package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.refusal.Refusal;
import java.time.Duration;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * All replicas look, and each stops what it finds broken, in the version that it looked at: the first
 * one raises the version, so the others are refused, and there is one entry in the audit log. Guardrails
 * hold at every look, so neither the number of looks nor that of replicas costs anything. Of several
 * arms that break theirs in one look the first is stopped, and the others with the next looks.
 */

/**
 * Stops arms of running experiments that break a guardrail.
 *
 * <p>Threading: one thread of its own. While the state is away nothing is stopped.
 */
final class GuardrailWatch {

  /** Who the audit log says it was. */
  static final String WHO = "offramp";

  private static final Logger log = LogManager.getLogger(GuardrailWatch.class);

  private final Experiments experiments;
  private final Paced looks = Looks.of("guardrails", this::look);

  GuardrailWatch(Experiments experiments) {
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
        if (status.state() == ExperimentState.RUNNING
            && !status.experiment().guardrails().isEmpty()) {
          all &= look(status);
        }
      }
      return all;
    } catch (StateAwayException e) {
      log.debug("Guardrails are not looked at: {}", e.getMessage()); // Others say so louder.
      return false;
    } catch (RuntimeException e) {
      log.error("Guardrails cannot be looked at, and are tried again", e);
      return false;
    }
  }

  /** One that cannot be looked at leaves the others guarded. */
  private boolean look(ExperimentStatus status) {
    try {
      broken(status).ifPresent(broken -> stop(status, broken));
      return true;
    } catch (StateAwayException e) {
      throw e;
    } catch (RuntimeException e) {
      log.error("Guardrails of {} cannot be looked at, and are tried again", status.name(), e);
      return false;
    }
  }

  /**
   * An arm that breaks a guardrail.
   *
   * @param why for people
   */
  private record Broken(String arm, String why) {}

  private Optional<Broken> broken(ExperimentStatus status) {
    Analysis analysis =
        experiments.analyze(
            status, experiments.totals(status.experiment()), Guardrail.DEFAULT_ALPHA);
    for (ArmAnalysis arm : analysis.arms()) {
      if (status.arms().isStopped(arm.arm())) {
        continue;
      }
      for (MetricAnalysis metric : arm.metrics()) {
        if (metric.guardrail().equals(Optional.of(Guardrail.State.BROKEN))) {
          // Cut, for the log takes 256 bytes.
          String why =
              "guardrail broken by arm %s: %.20s %+.4g against %s"
                  .formatted(
                      arm.arm(),
                      metric.name(),
                      metric.difference().orElseThrow().estimate().value(),
                      analysis.arms().getFirst().arm());
          return Optional.of(new Broken(arm.arm(), why));
        }
      }
    }
    return Optional.empty();
  }

  private void stop(ExperimentStatus status, Broken broken) {
    try {
      ExperimentStatus after =
          experiments
              .edits()
              .stopArm(
                  status.name(), broken.arm(), new Change(status.version(), WHO, broken.why()));
      log.warn(
          "Experiment {} {}: {}",
          status.name(),
          after.state().isOver() ? "was stopped" : "goes on without arm " + broken.arm(),
          broken.why());
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
