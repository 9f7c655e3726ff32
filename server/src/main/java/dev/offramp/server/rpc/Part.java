package dev.offramp.server.rpc;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.tier.Tier;
import dev.offramp.server.audit.Exposure;
import dev.offramp.server.experiment.Placement;
import dev.offramp.server.experiment.RequestIds;
import dev.offramp.server.experiment.Running;
import dev.offramp.server.experiment.Subject;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request's part in an experiment, if it has one: which model and rule answer it, what they are
 * given, and how that is counted. A request that takes part is answered whatever the experiment
 * says, if need be as asked.
 *
 * <p>Ownership: {@link #release} gives back the model, if it is another than was asked for.
 */
final class Part {

  /**
   * What answers a request.
   *
   * @param held whether the model is held for this part, beside the one that was asked for
   */
  private record Means(ServedModel model, boolean held, AppliedRule rule, Input input) {}

  private final Means means;
  private final String requestId;

  /** Whether the id was made here. */
  private final boolean madeId;

  private final @Nullable Placement placement;
  private final boolean served;
  private final Optional<Experiments> experiments;

  private Part(
      Means means,
      String requestId,
      boolean madeId,
      @Nullable Placement placement,
      boolean served,
      Optional<Experiments> experiments) {
    this.means = means;
    this.requestId = requestId;
    this.madeId = madeId;
    this.placement = placement;
    this.served = served;
    this.experiments = experiments;
  }

  /**
   * The part of a request for a model.
   *
   * @throws Refusal if the request makes no sense, or its input does not fit, experiment or not
   */
  static Part of(ClassifyRequest request, ServedModel asked, Serving serving) {
    AppliedRule own =
        AppliedRule.of(
            request, asked, serving.brownOut(), ownWait(request, serving), serving.tiers());
    Running running = serving.experiments().map(Experiments::running).orElse(Running.NONE);
    boolean concerned = running.concerns(asked.name()) && isEligible(request);
    String id = request.getRequestId();
    if (concerned || says(request)) {
      Subject subject = subject(request);
      Optional<Placement> placement =
          concerned ? running.place(asked.name(), subject) : Optional.empty();
      if (placement.isPresent()) {
        return placed(request, asked, own, subject.requestId(), placement.get(), serving);
      }
    }
    return new Part(
        asAsked(request, asked, own, serving), id, false, null, true, serving.experiments());
  }

  /** An explicit rule, a version, or a word against it is never changed. */
  private static boolean isEligible(ClassifyRequest request) {
    return request.getExitCase() == ClassifyRequest.ExitCase.TIER
        && request.getModelVersion().isEmpty()
        && !request.getNoExperiment();
  }

  private static boolean says(ClassifyRequest request) {
    return !request.getUnit().isEmpty()
        || !request.getRequestId().isEmpty()
        || request.getMetadataCount() > 0;
  }

  private static Subject subject(ClassifyRequest request) {
    try {
      return new Subject(
          request.getUnit(),
          request.getRequestId().isEmpty() ? RequestIds.random() : request.getRequestId(),
          request.getMetadataMap());
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Part placed(
      ClassifyRequest request,
      ServedModel asked,
      AppliedRule own,
      String id,
      Placement placement,
      Serving serving) {
    boolean madeId = request.getRequestId().isEmpty();
    Optional<Means> arms = byArm(request, asked, placement.arm().treatment(), serving);
    // Models come and go while an experiment runs: nobody is to suffer from that.
    Means means = arms.isPresent() ? arms.get() : asAsked(request, asked, own, serving);
    return new Part(means, id, madeId, placement, arms.isPresent(), serving.experiments());
  }

  private static Means asAsked(
      ClassifyRequest request, ServedModel asked, AppliedRule own, Serving serving) {
    return new Means(asked, false, own, Input.of(request, asked, serving.nanoTime()));
  }

  /**
   * What answers as an arm says; empty if that cannot answer this request.
   *
   * @throws Refusal if the model that was asked for is to answer, and does not take the input
   */
  private static Optional<Means> byArm(
      ClassifyRequest request, ServedModel asked, Treatment treatment, Serving serving) {
    AppliedRule rule;
    try {
      switch (treatment) {
        case Treatment.ByTier(String name) -> rule = ofTier(name, request, asked, serving);
        case Treatment.ByRule(ExitRule explicit) -> {
          explicit.requireFits(asked.manifest().config().classes());
          requireAllowed(!AppliedRule.hasBounds(request)); // Nobody knows what it costs.
          rule = new AppliedRule(explicit, "");
        }
        case Treatment.ByVersion(String version) -> {
          ServedModel model = serving.registry().hold(asked.name(), version);
          if (model.id() != asked.id()) {
            return Optional.of(byVersion(request, model, serving));
          }
          model.lane().release(); // It is held already.
          rule = ofTier(request.getTier(), request, asked, serving);
        }
      }
    } catch (Refusal | IllegalArgumentException _) {
      return Optional.empty();
    }
    return Optional.of(asAsked(request, asked, rule, serving));
  }

  /** Takes over a hold of the model, and gives it back if that cannot answer. */
  private static Means byVersion(ClassifyRequest request, ServedModel model, Serving serving) {
    try {
      AppliedRule rule = ofTier(request.getTier(), request, model, serving);
      // Another version may take shorter texts and know fewer tokens than the one asked for.
      Input input = Input.of(request, model, serving.nanoTime());
      model.manifest().config().requireFits(input.text());
      return new Means(model, true, rule, input);
    } catch (RuntimeException | Error e) {
      model.lane().release();
      throw e;
    }
  }

  private static AppliedRule ofTier(
      String name, ClassifyRequest request, ServedModel model, Serving serving) {
    Tier tier =
        model.manifest().tiers().find(name).orElseThrow(() -> Refusal.notFound("tier: " + name));
    requireAllowed(AppliedRule.allows(request, tier, model));
    return AppliedRule.of(
        tier, request, model, serving.brownOut(), ownWait(request, serving), serving.tiers());
  }

  private static void requireAllowed(boolean allowed) {
    if (!allowed) {
      throw Refusal.precondition("the caller's own bounds exclude what the arm applies");
    }
  }

  private static Supplier<Duration> ownWait(ClassifyRequest request, Serving serving) {
    return () -> serving.engine().predictedWait(ClassifyCall.priority(request), Flow.current());
  }

  /** The same, by the rule that the server's want of time had moved. */
  Part unmoved() {
    AppliedRule unmoved = means.rule.unmoved().orElse(means.rule);
    return new Part(
        new Means(means.model, means.held, unmoved, means.input),
        requestId,
        madeId,
        placement,
        served,
        experiments);
  }

  /** The model that answers. */
  ServedModel model() {
    return means.model;
  }

  /** The rule that is applied. */
  AppliedRule rule() {
    return means.rule;
  }

  /** What is classified, as the model's tokens. */
  Input input() {
    return means.input;
  }

  /** Gives back a model that the experiment chose. */
  void release() {
    if (means.held) {
      means.model.lane().release();
    }
  }

  /** Counts an answer and says in it what was counted. */
  void answered(Exit exit, long totalNanos, ClassifyResponse.Builder response) {
    response.setRequestId(requestId);
    if (placement == null) {
      return;
    }
    String experiment = placement.experiment().name();
    String arm = placement.arm().name();
    response.setExperiment(experiment).setArm(arm);
    if (!placement.counted()) {
      return;
    }
    Optional<Event.Why> why = whyNot(exit);
    response.setExposureCounted(why.isEmpty());
    if (why.isPresent()) {
      count(new Event.NotApplied(experiment, arm, why.get()));
      return;
    }
    String unit = placement.unit();
    if (madeId && placement.experiment().unit() == UnitKind.REQUEST) {
      response.setRequestId(RequestIds.exposed(requestId, experiment, arm));
      unit = Event.Exposed.SAID_BY_ID;
    }
    count(
        new Event.Exposed(
            experiment, arm, unit, exit.depth(), totalNanos, System.currentTimeMillis()));
  }

  /** What an answer was an exposure to, if it counted as one. */
  Optional<Exposure> exposure(Exit exit) {
    return placement != null && placement.counted() && whyNot(exit).isEmpty()
        ? Optional.of(new Exposure(placement.experiment(), placement.arm(), means.rule.rule()))
        : Optional.empty();
  }

  private Optional<Event.Why> whyNot(Exit exit) {
    if (!served) {
      return Optional.of(Event.Why.NOT_SERVED);
    }
    if (means.rule.brownedOut()) {
      return Optional.of(Event.Why.BROWN_OUT);
    }
    if (means.rule.movedBack()) {
      return Optional.of(Event.Why.DRIFT);
    }
    return exit.reason() == Exit.Reason.DEADLINE
        ? Optional.of(Event.Why.DEADLINE)
        : Optional.empty();
  }

  /** Counts that the time was over before any answer. */
  void expired() {
    if (placement != null && placement.counted()) {
      count(
          new Event.NotApplied(
              placement.experiment().name(), placement.arm().name(), Event.Why.DEADLINE));
    }
  }

  private void count(Event event) {
    experiments.ifPresent(all -> all.record(event));
  }
}
