package dev.offramp.server.experiment;

import dev.offramp.assignment.Assignment;
import dev.offramp.assignment.Namespace;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What an experiment is about.
 *
 * @param name its own, for ever
 * @param description for people
 * @param model the model's name
 * @param arms two to sixteen, weights together 1; the first is the control
 * @param coverage the share of units that takes part, 0 to 1
 * @param namespace the units that it may have at all; empty for all
 * @param targeting what a request's metadata must say, all of it
 * @param unit what is split over the arms
 * @param metric what decides
 * @param guardrails what must not get worse
 * @param ramp how coverage grows; empty for by hand
 * @param overrides arms of single units, by unit, in the units' order
 * @param certified whether every arm's tier needs a certificate that holds
 * @param salt what its split is made with
 */
public record Experiment(
    String name,
    String description,
    String model,
    List<Arm> arms,
    double coverage,
    Optional<Namespace> namespace,
    List<Condition> targeting,
    UnitKind unit,
    Metric metric,
    List<Metric> guardrails,
    Optional<RampPlan> ramp,
    Map<String, String> overrides,
    boolean certified,
    String salt) {

  private static final int MAX_ARMS = 16;
  private static final int MAX_OVERRIDES = 1000;

  /** Copies and checks; messages begin with the field. */
  public Experiment {
    Checks.name("name", name);
    Checks.text("model", model);
    arms = List.copyOf(arms);
    targeting = List.copyOf(targeting);
    guardrails = List.copyOf(guardrails);
    overrides = Collections.unmodifiableMap(new TreeMap<>(overrides));
    if (arms.size() < 2 || arms.size() > MAX_ARMS) {
      throw new IllegalArgumentException(
          "arms: %d (expected: 2 to %d)".formatted(arms.size(), MAX_ARMS));
    }
    List<String> names = arms.stream().map(Arm::name).toList();
    Checks.distinct("arms", names);
    Checks.distinct(
        "metric, guardrails",
        Stream.concat(Stream.of(metric), guardrails.stream()).map(Metric::name).toList());
    if (overrides.size() > MAX_OVERRIDES) {
      throw new IllegalArgumentException(
          "overrides: %d (expected: at most %d)".formatted(overrides.size(), MAX_OVERRIDES));
    }
    overrides.forEach((tester, arm) -> {
      Checks.text("overrides", tester);
      if (!names.contains(arm)) {
        throw new IllegalArgumentException(
            "overrides: %s: '%s' (expected: an arm of %s)".formatted(tester, arm, names));
      }
    });
    var _ = assignment(salt, arms, coverage, namespace);
  }

  /** Which arm a unit gets. */
  public Assignment assignment() {
    return assignment(salt, arms, coverage, namespace);
  }

  private static Assignment assignment(
      String salt, List<Arm> arms, double coverage, Optional<Namespace> namespace) {
    var assignment = Assignment.of(salt, arms.stream().map(Arm::weight).toList(), coverage);
    return namespace.map(assignment::within).orElse(assignment);
  }

  /** The arm of a name. */
  public Optional<Arm> arm(String name) {
    return arms.stream().filter(arm -> arm.name().equals(name)).findFirst();
  }

  /** The metric, then the guardrails. */
  public Stream<Metric> metrics() {
    return Stream.concat(Stream.of(metric), guardrails.stream());
  }

  /** The same with another coverage. */
  public Experiment withCoverage(double coverage) {
    return new Experiment(
        name,
        description,
        model,
        arms,
        coverage,
        namespace,
        targeting,
        unit,
        metric,
        guardrails,
        ramp,
        overrides,
        certified,
        salt);
  }

  /**
   * Refuses what would move units between arms, or change the question, while units are in it.
   *
   * @throws IllegalArgumentException which names the field
   */
  public void requireChangeable(Experiment to) {
    same("model", model, to.model);
    same("arms", arms, to.arms);
    same("namespace", namespace, to.namespace);
    same("targeting", targeting, to.targeting);
    same("unit", unit, to.unit);
    same("metric", metric, to.metric);
    same("certified", certified, to.certified);
    same("salt", salt, to.salt);
  }

  private void same(String field, Object now, Object then) {
    if (!now.equals(then)) {
      throw new IllegalArgumentException(
          "%s: %s (expected: %s, as %s has begun with; make another experiment for it)"
              .formatted(field, then, now, name));
    }
  }

  /** Whether a unit could be in both, so that they cannot run side by side. */
  public boolean overlaps(Experiment other) {
    return model.equals(other.model)
        && (namespace.isEmpty()
            || other.namespace.isEmpty()
            || namespace.get().overlaps(other.namespace.get())
            || unit != other.unit);
  }
}
