package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.refusal.Refusal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * All replicas look, and whoever is first raises the version: the others are refused, and see that the
 * new step has just begun. So a step is taken once however many look, and what people do meanwhile
 * wins. The step's time is that of the state, so that a restart neither shortens nor prolongs it; a
 * replica whose clock is ahead takes it so much earlier, and no step is skipped.
 */
/**
 * Carries out the ramp plans of running experiments.
 *
 * <p>Threading: one thread of its own; {@link #next} is safe for all. While the state is away
 * nothing moves.
 */
public final class Ramps implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(Ramps.class);

  private final Experiments experiments;
  private final BiPredicate<String, String> alarmed;
  private final InstantSource clock;
  private final Rounds rounds;

  /**
   * Ramps that have not begun.
   *
   * @param alarmed whether audits refute the certificate of a model's tier
   */
  public Ramps(Experiments experiments, BiPredicate<String, String> alarmed, InstantSource clock) {
    this.experiments = experiments;
    this.alarmed = alarmed;
    this.clock = clock;
    this.rounds = new Rounds("ramps", experiments, this::look);
  }

  /** Begins to look again and again. */
  public void start(Duration interval) {
    rounds.start(interval);
  }

  /** What an experiment's plan does next; empty where there is nothing left to do. */
  public Optional<RampDecision> next(ExperimentStatus status, Analysis analysis) {
    String model = status.experiment().model();
    return RampDecision.of(status, analysis, tier -> alarmed.test(model, tier), clock.instant());
  }

  /** Looks at all now. */
  void look() {
    rounds.look();
  }

  private void look(ExperimentStatus status) {
    Experiment experiment = status.experiment();
    if (experiment.ramp().isEmpty()) {
      return;
    }
    Analysis analysis =
        experiments.analyze(experiment, experiments.totals(experiment), Guardrail.DEFAULT_ALPHA);
    if (next(status, analysis).orElse(null) instanceof RampDecision.Advance(double coverage)) {
      advance(status, coverage);
    }
  }

  private void advance(ExperimentStatus status, double coverage) {
    try {
      var why = "ramp plan: the step lasted its time, and nothing speaks against the next";
      var _ =
          experiments
              .edits()
              .setCoverage(status.name(), coverage, new Change(status.version(), Rounds.WHO, why));
      log.info("Experiment {} goes on to a coverage of {}", status.name(), coverage);
    } catch (Refusal e) {
      log.debug("Experiment {} was changed meanwhile: {}", status.name(), e.getMessage());
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}
