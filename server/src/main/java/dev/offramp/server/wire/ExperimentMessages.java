package dev.offramp.server.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.offramp.assignment.BucketRange;
import dev.offramp.assignment.Namespace;
import dev.offramp.assignment.UnitHash;
import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Condition;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.RampPlan;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.v1.Better;
import dev.offramp.v1.Guardrail;
import dev.offramp.v1.NamespaceRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.function.Supplier;

/** Definitions of experiments on the wire, and as the JSON of the wire that is stored. */
public final class ExperimentMessages {

  /**
   * The definition of a message.
   *
   * @throws Refusal if it makes no sense; the message names the field
   */
  public static Experiment read(dev.offramp.v1.Experiment message) {
    var arms = new ArrayList<Arm>();
    for (int i = 0; i < message.getArmsCount(); i++) {
      dev.offramp.v1.Arm arm = message.getArms(i);
      arms.add(in("arms[%d]".formatted(i), () -> arm(arm)));
    }
    var guardrails = new ArrayList<Metric>();
    for (int i = 0; i < message.getGuardrailsCount(); i++) {
      Guardrail guardrail = message.getGuardrails(i);
      guardrails.add(in("guardrails[%d]".formatted(i), () -> metric(guardrail.getMetric())));
    }
    var targeting = new ArrayList<Condition>();
    for (int i = 0; i < message.getTargetingCount(); i++) {
      dev.offramp.v1.Condition condition = message.getTargeting(i);
      targeting.add(in("targeting[%d]".formatted(i), () -> condition(condition)));
    }
    if (!message.hasMetric()) {
      throw Refusal.invalid("experiment: metric: not given (expected: what decides)");
    }
    Metric metric = in("metric", () -> metric(message.getMetric()));
    Optional<Namespace> namespace =
        message.hasNamespace()
            ? Optional.of(in("namespace", () -> namespace(message.getNamespace())))
            : Optional.empty();
    Optional<RampPlan> ramp =
        message.hasRamp()
            ? Optional.of(in("ramp", () -> ramp(message.getRamp())))
            : Optional.empty();
    return in(
        "experiment",
        () ->
            new Experiment(
                message.getName(),
                message.getDescription(),
                message.getModel(),
                arms,
                message.hasCoverage() ? message.getCoverage() : coverage(ramp),
                namespace,
                targeting,
                switch (message.getUnit()) {
                  case UNIT_KIND_UNIT, UNIT_KIND_UNSPECIFIED -> UnitKind.UNIT;
                  case UNIT_KIND_REQUEST -> UnitKind.REQUEST;
                  case UNRECOGNIZED ->
                      throw new IllegalArgumentException("unit: unknown (expected: a known kind)");
                },
                metric,
                guardrails,
                ramp,
                message.getOverridesMap(),
                message.getCertified(),
                message.getSalt().isEmpty() ? message.getName() : message.getSalt()));
  }

  /** Makes of a field's bad value a refusal that names the field. */
  private static <T> T in(String field, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(field + ": " + e.getMessage());
    }
  }

  private static Arm arm(dev.offramp.v1.Arm message) {
    return new Arm(
        message.getName(),
        message.getWeight(),
        switch (message.getTreatmentCase()) {
          case TIER -> new Treatment.ByTier(message.getTier());
          case EXIT_RULE -> new Treatment.ByRule(RuleMessages.read(message.getExitRule()));
          case MODEL_VERSION -> new Treatment.ByVersion(message.getModelVersion());
          case TREATMENT_NOT_SET ->
              throw new IllegalArgumentException(
                  "treatment: not given (expected: tier, exit_rule or model_version)");
        });
  }

  private static Metric metric(dev.offramp.v1.Metric message) {
    if (message.hasMin() != message.hasMax()) {
      throw new IllegalArgumentException("min, max: only one is given (expected: both, or none)");
    }
    return new Metric(
        message.getName(),
        switch (message.getBetter()) {
          case BETTER_HIGHER -> Metric.Better.HIGHER;
          case BETTER_LOWER -> Metric.Better.LOWER;
          case BETTER_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "better: not given (expected: BETTER_HIGHER or BETTER_LOWER)");
        },
        message.hasMin()
            ? Optional.of(new Metric.Bounds(message.getMin(), message.getMax()))
            : Optional.empty(),
        message.getMargin());
  }

  private static Condition condition(dev.offramp.v1.Condition message) {
    return new Condition(
        message.getKey(), new HashSet<>(message.getValuesList()), message.getNegated());
  }

  private static Namespace namespace(NamespaceRange message) {
    return new Namespace(
        message.getName(), BucketRange.ofShares(message.getFrom(), message.getTo()));
  }

  private static RampPlan ramp(dev.offramp.v1.RampPlan message) {
    return new RampPlan(message.getStepsList(), Times.read(message.getDwell()));
  }

  /** The message of a definition, with every field that has a default written out. */
  public static dev.offramp.v1.Experiment write(Experiment experiment) {
    var message =
        dev.offramp.v1.Experiment.newBuilder()
            .setName(experiment.name())
            .setDescription(experiment.description())
            .setModel(experiment.model())
            .setCoverage(experiment.coverage())
            .setUnit(
                switch (experiment.unit()) {
                  case UNIT -> dev.offramp.v1.UnitKind.UNIT_KIND_UNIT;
                  case REQUEST -> dev.offramp.v1.UnitKind.UNIT_KIND_REQUEST;
                })
            .setMetric(write(experiment.metric()))
            .putAllOverrides(experiment.overrides())
            .setCertified(experiment.certified())
            .setSalt(experiment.salt());
    experiment.arms().forEach(arm -> message.addArms(write(arm)));
    experiment.namespace().ifPresent(namespace -> message.setNamespace(write(namespace)));
    for (Condition condition : experiment.targeting()) {
      message.addTargeting(
          dev.offramp.v1.Condition.newBuilder()
              .setKey(condition.key())
              .addAllValues(condition.values().stream().sorted().toList())
              .setNegated(condition.negated()));
    }
    experiment
        .guardrails()
        .forEach(metric -> message.addGuardrails(Guardrail.newBuilder().setMetric(write(metric))));
    experiment
        .ramp()
        .ifPresent(ramp ->
            message.setRamp(
                dev.offramp.v1.RampPlan.newBuilder()
                    .addAllSteps(ramp.steps())
                    .setDwell(Times.write(ramp.dwell()))));
    return message.build();
  }

  /** Where none is given. */
  private static double coverage(Optional<RampPlan> ramp) {
    return ramp.map(plan -> plan.steps().getFirst()).orElse(1.0);
  }

  private static dev.offramp.v1.Arm write(Arm arm) {
    var message = dev.offramp.v1.Arm.newBuilder().setName(arm.name()).setWeight(arm.weight());
    switch (arm.treatment()) {
      case Treatment.ByTier(String tier) -> message.setTier(tier);
      case Treatment.ByRule(var rule) -> RuleMessages.write(rule).ifPresent(message::setExitRule);
      case Treatment.ByVersion(String version) -> message.setModelVersion(version);
    }
    return message.build();
  }

  private static dev.offramp.v1.Metric write(Metric metric) {
    var message =
        dev.offramp.v1.Metric.newBuilder()
            .setName(metric.name())
            .setBetter(
                switch (metric.better()) {
                  case HIGHER -> Better.BETTER_HIGHER;
                  case LOWER -> Better.BETTER_LOWER;
                })
            .setMargin(metric.margin());
    metric.bounds().ifPresent(bounds -> message.setMin(bounds.min()).setMax(bounds.max()));
    return message.build();
  }

  private static NamespaceRange write(Namespace namespace) {
    return NamespaceRange.newBuilder()
        .setName(namespace.seed())
        .setFrom((double) namespace.range().from() / UnitHash.BUCKETS)
        .setTo((double) namespace.range().to() / UnitHash.BUCKETS)
        .build();
  }

  /** A definition as it is stored. */
  public static String toJson(Experiment experiment) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(write(experiment));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // Only of messages within Any.
    }
  }

  /**
   * A definition as it was stored, perhaps by a newer server.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Experiment ofJson(String json) {
    var message = dev.offramp.v1.Experiment.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(json, message);
      return read(message.build());
    } catch (InvalidProtocolBufferException | Refusal e) {
      throw new IllegalArgumentException("definition: " + e.getMessage(), e);
    }
  }

  private ExperimentMessages() {}
}
