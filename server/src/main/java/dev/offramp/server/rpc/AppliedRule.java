package dev.offramp.server.rpc;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.audit.TierMoves;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.server.wire.RuleMessages;
import dev.offramp.v1.ClassifyRequest;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The rule by which a request is answered.
 *
 * @param tier its tier; empty for an explicit rule
 * @param unmoved where that is a bolder one than was to be applied: that one
 * @param movedBack whether it is a safer tier's than was named, whose certificate audits refute
 */
record AppliedRule(ExitRule rule, String tier, Optional<AppliedRule> unmoved, boolean movedBack) {

  /** A rule that nothing has moved. */
  AppliedRule(ExitRule rule, String tier) {
    this(rule, tier, Optional.empty(), false);
  }

  /** Whether it is a bolder one than was to be applied. */
  boolean brownedOut() {
    return unmoved.isPresent();
  }

  /**
   * The rule that a request asks for, or a bolder tier's, if the server is short of time and the
   * request allows it.
   *
   * @param ownWait how long the request would wait
   * @param moves which tier is applied where one is named
   * @throws Refusal if there is no such tier, or the rule or the bounds make no sense
   */
  static AppliedRule of(
      ClassifyRequest request,
      ServedModel model,
      BrownOut brownOut,
      Supplier<Duration> ownWait,
      TierMoves moves) {
    Tiers tiers = model.manifest().tiers();
    return switch (request.getExitCase()) {
      case TIER -> {
        Tier asked = find("tier", request.getTier(), model);
        requireOrder(asked, request, model);
        yield of(asked, request, model, brownOut, ownWait, moves);
      }
      case EXIT_RULE -> {
        if (hasBounds(request)) {
          throw Refusal.invalid(
              "min_tier, max_disagreement: given with an exit_rule (expected: with a tier, or not at all)");
        }
        yield new AppliedRule(
            RuleMessages.read(request.getExitRule(), model.manifest().config().classes()), "");
      }
      case EXIT_NOT_SET ->
          throw Refusal.invalid(
              "exit: not given (expected: an exit_rule, or a tier of " + tiers.names() + ")");
    };
  }

  /**
   * A tier's rule, or a bolder one's, if the server is short of time and the request allows it. A
   * tier that was moved back stays there: bolder ones promise even less just now.
   */
  static AppliedRule of(
      Tier tier,
      ClassifyRequest request,
      ServedModel model,
      BrownOut brownOut,
      Supplier<Duration> ownWait,
      TierMoves moves) {
    List<Tier> bolder = bolder(tier, request, model, moves);
    Tier applied = moves.applied(model, tier);
    if (!applied.equals(tier)) {
      return new AppliedRule(applied.rule(), applied.name(), Optional.empty(), true);
    }
    int level = bolder.isEmpty() ? 0 : brownOut.level(bolder.size(), ownWait.get());
    var asked = new AppliedRule(tier.rule(), tier.name());
    if (level == 0) {
      return asked;
    }
    Tier bold = bolder.get(level - 1);
    return new AppliedRule(bold.rule(), bold.name(), Optional.of(asked), false);
  }

  private static void requireOrder(Tier asked, ClassifyRequest request, ServedModel model) {
    if (request.getMinTier().isEmpty()) {
      return;
    }
    Tier boldest = find("min_tier", request.getMinTier(), model);
    if (boldest.layerSpeedup() < asked.layerSpeedup()) {
      throw Refusal.invalid(
          "min_tier: '%s' is slower than the tier '%s' (expected: the boldest tier that may be applied)"
              .formatted(boldest.name(), asked.name()));
    }
  }

  /**
   * Whether an experiment may apply a tier: the caller's bounds hold for it too, but what was asked
   * for is always within them.
   */
  static boolean allows(ClassifyRequest request, Tier tier, ServedModel model) {
    if (tier.name().equals(request.getTier()) || !hasBounds(request)) {
      return true;
    }
    boolean slowEnough =
        request.getMinTier().isEmpty()
            || tier.layerSpeedup() <= find("min_tier", request.getMinTier(), model).layerSpeedup();
    return slowEnough
        && (!request.hasMaxDisagreement()
            || disagreement(tier, model) <= request.getMaxDisagreement());
  }

  static boolean hasBounds(ClassifyRequest request) {
    return !request.getMinTier().isEmpty() || request.hasMaxDisagreement();
  }

  /** The tiers that may take the place of one, the least bold first; none that was moved back. */
  private static List<Tier> bolder(
      Tier asked, ClassifyRequest request, ServedModel model, TierMoves moves) {
    if (!hasBounds(request)) {
      return List.of();
    }
    double fastest = Double.POSITIVE_INFINITY;
    if (!request.getMinTier().isEmpty()) {
      fastest = find("min_tier", request.getMinTier(), model).layerSpeedup();
    }
    double worst = 1;
    if (request.hasMaxDisagreement()) {
      worst = request.getMaxDisagreement();
      if (!(worst >= 0 && worst <= 1)) {
        throw Refusal.invalid("max_disagreement: " + worst + " (expected: 0 to 1)");
      }
    }
    double most = fastest;
    double allowed = worst;
    return model.manifest().tiers().tiers().stream()
        .filter(tier -> tier.layerSpeedup() > asked.layerSpeedup())
        .filter(tier -> tier.layerSpeedup() <= most)
        .filter(tier -> disagreement(tier, model) <= allowed)
        .filter(tier -> moves.applied(model, tier).equals(tier))
        .sorted(Comparator.comparingDouble(Tier::layerSpeedup))
        .toList();
  }

  /** What a tier promises, where the promise holds, else what calibration measured. */
  private static double disagreement(Tier tier, ServedModel model) {
    return tier.certificate()
        .filter(model::honours)
        .map(Certificate::eps)
        .orElse(1 - tier.agreement());
  }

  private static Tier find(String field, String name, ServedModel model) {
    Tiers tiers = model.manifest().tiers();
    return tiers
        .find(name)
        .orElseThrow(() ->
            Refusal.notFound(
                "%s: '%s' (known to %s: %s)".formatted(field, name, model.label(), tiers.names())));
  }
}
