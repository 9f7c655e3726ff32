package dev.offramp.server.audit;

import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tier;
import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.ChangeGuard.Start;
import dev.offramp.server.experiment.stats.Tally;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Looks at what audits found, again and again, and raises an alarm for a tier that breaks its
 * certificate; by policy a safer tier then takes its place. Both stay for as long as the server
 * runs, and of a version: another version has audits of its own.
 *
 * <p>Threading: safe for all threads; {@link #health} and {@link #applied} are one volatile read.
 * While the state of experiments is away it knows what it knew last.
 */
public final class TierWatch implements TierMoves {

  /** The probability with which a tier that keeps its certificate ever raises an alarm. */
  public static final double DRIFT_ALPHA = 0.01;

  /** Of one CPU's time, one part is for looking: where many tiers are audited, it is rarer. */
  private static final int PARTS = 100;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

  private static final Logger log = LogManager.getLogger(TierWatch.class);

  private final DriftPolicy policy;
  private final Supplier<Map<AuditedTier, AuditHistory>> counts;
  private final Supplier<Catalog> catalog;
  private final Paced looks = Paced.byCpu("audits", this::lookAgain, PARTS, LONGEST_PAUSE);

  private volatile Map<AuditedTier, TierHealth> known = Map.of();

  /** Tiers that others are served in place of, and which; mostly empty. */
  private volatile Map<AuditedTier, String> moved = Map.of();

  /**
   * A watch that has not looked yet.
   *
   * @param counts what audits found so far
   * @param catalog what is served
   */
  public TierWatch(
      DriftPolicy policy,
      Supplier<Map<AuditedTier, AuditHistory>> counts,
      Supplier<Catalog> catalog) {
    this.policy = policy;
    this.counts = counts;
    this.catalog = catalog;
  }

  /** Begins to look again and again. */
  public void start(Duration interval) {
    looks.start(Duration.ZERO, interval);
  }

  /** How looks go. */
  public Paced.Progress progress() {
    return looks.progress();
  }

  /** How a tier fares, as of the last look. */
  public TierHealth health(AuditedTier tier) {
    return known.getOrDefault(tier, TierHealth.UNKNOWN);
  }

  @Override
  public Tier applied(ServedModel model, Tier tier) {
    Map<AuditedTier, String> now = moved;
    if (now.isEmpty()) {
      return tier;
    }
    String safer = now.get(new AuditedTier(model.name(), model.calibratedVersion(), tier.name()));
    return safer == null ? tier : model.manifest().tiers().find(safer).orElseGet(Tier::full);
  }

  private boolean lookAgain() {
    try {
      look();
      return true;
    } catch (StateAwayException e) {
      log.debug("Audits are as last known: {}", e.getMessage()); // Others say so louder.
      return false;
    } catch (RuntimeException e) {
      log.error("Audits cannot be read: what was last known of tiers stays", e);
      return false;
    }
  }

  /** Looks now. */
  synchronized void look() {
    Map<AuditedTier, AuditHistory> found = counts.get();
    var next = new HashMap<>(known);
    found.forEach((tier, history) -> next.put(tier, judge(tier, history, found)));
    var moves = new HashMap<AuditedTier, String>();
    next.forEach((tier, health) ->
        health.drift().flatMap(Drift::servedAs).ifPresent(safer -> moves.put(tier, safer)));
    known = Map.copyOf(next);
    moved = Map.copyOf(moves);
  }

  private TierHealth judge(
      AuditedTier tier, AuditHistory history, Map<AuditedTier, AuditHistory> found) {
    TierHealth before = health(tier);
    TierAudits audits = history.all();
    if (before.audits().equals(audits)) {
      return before;
    }
    return new TierHealth(
        audits,
        Betting.interval(Tally.ofRate(audits.audits(), audits.disagreements()), TierHealth.ALPHA),
        promise(tier)
            .flatMap(promise -> drift(tier, before, history, promise, found))
            .or(before::drift));
  }

  private Optional<Drift> drift(
      AuditedTier tier,
      TierHealth before,
      AuditHistory history,
      Promise promise,
      Map<AuditedTier, AuditHistory> found) {
    Optional<Drift> known = before.drift();
    if (known.isEmpty()) {
      Optional<Start> alarm = history.alarm(promise.eps(), DRIFT_ALPHA);
      if (alarm.isEmpty()) {
        return Optional.empty();
      }
      TierAudits since = history.since(alarm.get().number());
      known = Optional.of(new Drift(alarm.get().number(), since, Optional.empty()));
      warn(tier, promise, since);
    }
    return policy == DriftPolicy.WARN
        ? known
        : Optional.of(move(tier, known.get(), promise, found));
  }

  private static void warn(AuditedTier tier, Promise promise, TierAudits since) {
    log.warn(
        "Tier {} of {}@{}: {} of {} audited texts get another label than from the full model (expected:"
            + " at most the share {}, as certified; calibrate on texts like those that come now, or name a"
            + " slower tier until then)",
        tier.tier(),
        tier.model(),
        ServedModel.plainVersion(tier.version()),
        since.disagreements(),
        since.audits(),
        promise.eps());
  }

  private static Drift move(
      AuditedTier tier, Drift drift, Promise promise, Map<AuditedTier, AuditHistory> found) {
    String safer =
        SaferTier.choose(
                promise.tier(),
                promise.eps(),
                drift,
                promise.model().manifest().tiers().tiers(),
                name ->
                    found.getOrDefault(
                        new AuditedTier(tier.model(), tier.version(), name), AuditHistory.NONE))
            .name();
    if (drift.servedAs().filter(safer::equals).isEmpty()) {
      log.warn(
          "Tier {} of {}@{} is served as {} from now on, until another version is loaded or the server"
              + " is started with --on-drift warn",
          tier.tier(),
          tier.model(),
          ServedModel.plainVersion(tier.version()),
          safer);
    }
    return new Drift(drift.start(), drift.found(), Optional.of(safer));
  }

  /** What a tier of a served model promises. */
  private record Promise(ServedModel model, Tier tier, double eps) {}

  /** A tier's promise, if it is about what is served. */
  private Optional<Promise> promise(AuditedTier tier) {
    for (ServedModel model : catalog.get().models()) {
      if (model.name().equals(tier.model()) && model.calibratedVersion().equals(tier.version())) {
        Optional<Tier> found = model.manifest().tiers().find(tier.tier());
        return found
            .flatMap(Tier::certificate)
            .filter(model::honours)
            .map(Certificate::eps)
            .map(eps -> new Promise(model, found.get(), eps));
      }
    }
    return Optional.empty();
  }

  /** Looks no more; false if a look under way has not ended within the limit. */
  public boolean stop(Duration limit) {
    return looks.stop(limit);
  }
}
