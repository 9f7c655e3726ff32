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
 * hold at every look, so neither the number of looks nor that of replicas costs anything.
 */

/**
 * Stops running experiments of which an arm breaks a guardrail.
 *
 * <p>Threading: one thread of its own. While the state is away nothing is stopped.
 */
final class GuardrailWatch implements AutoCloseable {

  /** Who the audit log says it was. */
  static final String WHO = "offramp";

  private static final Logger log = LogManager.getLogger(GuardrailWatch.class);

  private final Experiments experiments;
  private final Paced looks = Looks.of("offramp-guardrails", this::look);

  GuardrailWatch(Experiments experiments) {
    this.experiments = experiments;
  }

  /** Begins to look again and again. */
  void start(Duration interval) {
    looks.start(interval, interval);
  }

  private void look() {
    try {
      for (ExperimentStatus status : experiments.list()) {
        if (status.state() == ExperimentState.RUNNING
            && !status.experiment().guardrails().isEmpty()) {
          look(status);
        }
      }
    } catch (StateAwayException e) {
      log.debug("Guardrails are not looked at: {}", e.getMessage()); // Others say so louder.
    } catch (RuntimeException e) {
      log.error("Guardrails cannot be looked at, and are tried again", e);
    }
  }

  /** One that cannot be looked at leaves the others guarded. */
  private void look(ExperimentStatus status) {
    try {
      broken(status).ifPresent(why -> stop(status, why));
    } catch (StateAwayException e) {
      throw e;
    } catch (RuntimeException e) {
      log.error("Guardrails of {} cannot be looked at, and are tried again", status.name(), e);
    }
  }

  /** What breaks a guardrail, for people. */
  private Optional<String> broken(ExperimentStatus status) {
    Analysis analysis =
        experiments.analyze(
            status.experiment(), experiments.totals(status.experiment()), Guardrail.DEFAULT_ALPHA);
    for (ArmAnalysis arm : analysis.arms()) {
      for (MetricAnalysis metric : arm.metrics()) {
        if (metric.guardrail().equals(Optional.of(Guardrail.State.BROKEN))) {
          // Cut, for the log takes 256 bytes.
          return Optional.of(
              "guardrail broken by arm %s: %.20s %+.4g against %s"
                  .formatted(
                      arm.arm(),
                      metric.name(),
                      metric.difference().orElseThrow().estimate().value(),
                      analysis.arms().getFirst().arm()));
        }
      }
    }
    return Optional.empty();
  }

  private void stop(ExperimentStatus status, String why) {
    try {
      var _ =
          experiments
              .edits()
              .move(
                  status.name(),
                  "stop",
                  ExperimentState.STOPPED,
                  new Change(status.version(), WHO, why));
      log.warn("Experiment {} was stopped: {}", status.name(), why);
    } catch (Refusal e) {
      log.debug("Experiment {} was changed meanwhile: {}", status.name(), e.getMessage());
    }
  }

  @Override
  public void close() {
    looks.close();
  }
}
