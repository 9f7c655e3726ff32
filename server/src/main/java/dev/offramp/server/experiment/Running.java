package dev.offramp.server.experiment;

import dev.offramp.assignment.Assignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The experiments that requests meet at one moment: those that run, then those that are promoted.
 *
 * <p>Threading: immutable.
 */
public final class Running {

  /** No experiments. */
  public static final Running NONE = new Running(List.of());

  /**
   * An experiment, ready to be asked.
   *
   * @param promoted its winner; empty while it runs
   * @param arms what became of its arms
   */
  private record Candidate(
      Experiment experiment, Assignment assignment, Optional<Arm> promoted, ArmStates arms) {

    Optional<Placement> place(Subject subject) {
      String unit = subject.of(experiment.unit());
      if (unit.isEmpty()) {
        return Optional.empty();
      }
      if (promoted.isPresent()) {
        return targets(subject)
            ? Optional.of(new Placement(experiment, promoted.get(), unit, false))
            : Optional.empty();
      }
      if (!targets(subject)) {
        return Optional.empty();
      }
      int arm = assignment.arm(unit);
      return arm == Assignment.NONE || arms.isStopped(experiment.arms().get(arm).name())
          ? Optional.empty()
          : Optional.of(new Placement(experiment, experiment.arms().get(arm), unit, true));
    }

    /**
     * Where a tester was put by hand: by the unit, whatever is split, else by the request's id. A
     * stopped arm is for nobody.
     */
    Optional<Placement> override(Subject subject) {
      if (promoted.isPresent() || experiment.overrides().isEmpty()) {
        return Optional.empty();
      }
      String unit = subject.of(experiment.unit());
      String arm = experiment.overrides().get(subject.unit());
      if (arm == null) {
        arm = experiment.overrides().get(unit);
      }
      return arm == null || arms.isStopped(arm)
          ? Optional.empty()
          : experiment.arm(arm).map(found -> new Placement(experiment, found, unit, false));
    }

    private boolean targets(Subject subject) {
      for (Condition condition : experiment.targeting()) {
        if (!condition.passes(subject.metadata())) {
          return false;
        }
      }
      return true;
    }
  }

  private final Map<String, List<Candidate>> byModel;

  /** Of metrics of running experiments; by name. */
  private final Map<String, Metric.Bounds> bounds;

  /** All that there are, whatever their state; by name. */
  private final Map<String, Experiment> known;

  private Running(List<ExperimentStatus> all) {
    known =
        all.stream()
            .collect(
                Collectors.toUnmodifiableMap(ExperimentStatus::name, ExperimentStatus::experiment));
    var candidates = new HashMap<String, List<Candidate>>();
    for (ExperimentState state : List.of(ExperimentState.RUNNING, ExperimentState.PROMOTED)) {
      for (ExperimentStatus status : all) {
        if (status.state() == state) {
          Experiment experiment = status.experiment();
          candidates
              .computeIfAbsent(experiment.model(), _ -> new ArrayList<>())
              .add(
                  new Candidate(
                      experiment,
                      experiment.assignment(),
                      experiment.arm(status.promotedArm()),
                      status.arms()));
        }
      }
    }
    byModel = Map.copyOf(candidates);
    bounds =
        all.stream()
            .filter(status -> status.state().isUnderWay())
            .flatMap(status -> status.experiment().metrics())
            .filter(metric -> metric.bounds().isPresent())
            .collect(
                Collectors.toUnmodifiableMap(
                    Metric::name, metric -> metric.bounds().orElseThrow(), (one, _) -> one));
  }

  /** Those of all experiments that requests meet. */
  public static Running of(List<ExperimentStatus> all) {
    return new Running(all);
  }

  /** Whether any request of a model can meet one. */
  public boolean concerns(String model) {
    return byModel.containsKey(model);
  }

  /** What the values of a metric can be, where an experiment under way says so. */
  public Optional<Metric.Bounds> bounds(String metric) {
    return Optional.ofNullable(bounds.get(metric));
  }

  /** An experiment, running or not; empty if there is none of the name. */
  public Optional<Experiment> experiment(String name) {
    return Optional.ofNullable(known.get(name));
  }

  /** Where a request of a model belongs: in one experiment at most. */
  public Optional<Placement> place(String model, Subject subject) {
    List<Candidate> candidates = byModel.getOrDefault(model, List.of());
    for (Candidate candidate : candidates) { // A tester is one in whichever experiment says so.
      Optional<Placement> placement = candidate.override(subject);
      if (placement.isPresent()) {
        return placement;
      }
    }
    for (Candidate candidate : candidates) {
      Optional<Placement> placement = candidate.place(subject);
      if (placement.isPresent()) {
        return placement;
      }
    }
    return Optional.empty();
  }
}
