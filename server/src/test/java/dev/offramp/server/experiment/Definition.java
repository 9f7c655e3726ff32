package dev.offramp.server.experiment;

import dev.offramp.assignment.BucketRange;
import dev.offramp.assignment.Namespace;
import dev.offramp.server.experiment.Metric.Better;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A definition to be changed by tests: at first full against x3, half each, of everybody. */
public final class Definition {
  public String name;
  public List<Arm> arms =
      List.of(
          new Arm("control", 0.5, new Treatment.ByTier("full")),
          new Arm("bold", 0.5, new Treatment.ByTier("x3")));
  public double coverage = 1;
  public Optional<Namespace> namespace = Optional.empty();
  public final List<Condition> targeting = new ArrayList<>();
  public UnitKind unit = UnitKind.UNIT;
  public Metric metric =
      new Metric("conversion", Better.HIGHER, Optional.of(new Metric.Bounds(0, 1)), 0);
  public List<Metric> guardrails =
      List.of(new Metric(Metric.LATENCY, Better.LOWER, Optional.empty(), 5));
  public final Map<String, String> overrides = new HashMap<>();
  public Optional<RampPlan> ramp = Optional.empty();
  public boolean certified;

  public Definition(String name) {
    this.name = name;
  }

  /** In a part of a namespace. */
  public Definition within(String namespace, double from, double to) {
    this.namespace = Optional.of(new Namespace(namespace, BucketRange.ofShares(from, to)));
    return this;
  }

  /** With these arms. */
  public Definition arms(Arm... arms) {
    this.arms = List.of(arms);
    return this;
  }

  /** The experiment so far. */
  public Experiment make() {
    return new Experiment(
        name,
        "a test",
        "sst2",
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
        name);
  }
}
