package dev.offramp.server.audit;

import dev.offramp.model.tier.Tier;
import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.TierAudits;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/*
 * Every audit scores every tier on the same text, so by the time a tier's promise is refuted as much is
 * known of all others. The first choice is the boldest one that has kept the promise in what was
 * seen since the tier went wrong: its share of disagreement is at most eps. That it keeps it is not
 * proven, so it is watched by the same guard, and left for the next one once audits refute it. It ends
 * with the full model, which disagrees with itself on nothing. A move never goes back to a bolder
 * tier: what looks good again may be noise, and a new calibration tells.
 */

/**
 * Chooses the tier that takes the place of one whose certificate audits refute.
 *
 * <p>Threading: pure functions.
 */
final class SaferTier {

  /**
   * The tier to serve.
   *
   * @param tier that broke its promise
   * @param eps what it promised
   * @param drift since when, and what was served in its place so far
   * @param tiers all of the model
   * @param histories what audits found of each, by name
   */
  static Tier choose(
      Tier tier,
      double eps,
      Drift drift,
      List<Tier> tiers,
      Function<String, AuditHistory> histories) {
    Optional<Tier> before =
        drift
            .servedAs()
            .flatMap(name -> tiers.stream().filter(t -> t.name().equals(name)).findFirst());
    double bold = before.map(Tier::layerSpeedup).orElse(tier.layerSpeedup());
    if (before.isPresent() && !isRefuted(before.get(), eps, histories)) {
      return before.get();
    }
    return tiers.stream()
        .filter(safer -> safer.layerSpeedup() < bold)
        .filter(safer -> !isRefuted(safer, eps, histories))
        .filter(safer -> hasKept(histories.apply(safer.name()).since(drift.start()), eps))
        .max(Comparator.comparingDouble(Tier::layerSpeedup))
        .orElseGet(Tier::full);
  }

  private static boolean isRefuted(
      Tier tier, double eps, Function<String, AuditHistory> histories) {
    return histories.apply(tier.name()).alarm(eps, TierWatch.DRIFT_ALPHA).isPresent();
  }

  private static boolean hasKept(TierAudits found, double eps) {
    return found.audits() > 0 && found.disagreements() <= eps * found.audits();
  }

  private SaferTier() {}
}
