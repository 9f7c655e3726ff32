package dev.offramp.server.audit;

import dev.offramp.model.tier.Certificate;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.DriftGuard;
import dev.offramp.server.experiment.stats.Tally;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Looks at what audits found, again and again, and raises an alarm for a tier that breaks its
 * certificate. An alarm stays for as long as the server runs.
 *
 * <p>Threading: safe for all threads; {@link #health} is one volatile read. While the state of
 * experiments is away it knows what it knew last.
 */
public final class TierWatch implements AutoCloseable {

  /** The probability with which a tier that keeps its certificate ever raises an alarm. */
  public static final double DRIFT_ALPHA = 0.01;

  private static final Logger log = LogManager.getLogger(TierWatch.class);

  private final Supplier<Map<AuditedTier, TierAudits>> counts;
  private final Supplier<Catalog> catalog;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("offramp-audits").daemon().factory());

  private volatile Map<AuditedTier, TierHealth> known = Map.of();

  /**
   * A watch that has not looked yet.
   *
   * @param counts what audits found so far
   * @param catalog what is served
   */
  public TierWatch(Supplier<Map<AuditedTier, TierAudits>> counts, Supplier<Catalog> catalog) {
    this.counts = counts;
    this.catalog = catalog;
  }

  /** Begins to look again and again. */
  public void start(Duration interval) {
    var _ =
        thread.scheduleWithFixedDelay(this::lookAgain, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** How a tier fares, as of the last look. */
  public TierHealth health(AuditedTier tier) {
    return known.getOrDefault(tier, TierHealth.UNKNOWN);
  }

  private void lookAgain() {
    try {
      look();
    } catch (StateAwayException e) {
      log.debug("Audits are as last known: {}", e.getMessage()); // Others say so louder.
    } catch (RuntimeException e) {
      log.error("Audits cannot be read: what was last known of tiers stays", e);
    }
  }

  /** Looks now. */
  synchronized void look() {
    var next = new HashMap<AuditedTier, TierHealth>();
    counts.get().forEach((tier, audits) -> next.put(tier, judge(tier, audits)));
    known = Map.copyOf(next);
  }

  private TierHealth judge(AuditedTier tier, TierAudits audits) {
    TierHealth before = health(tier);
    boolean alarm = before.alarm() || isBroken(tier, audits);
    if (before.audits().equals(audits) && before.alarm() == alarm) {
      return before;
    }
    return new TierHealth(
        audits,
        Betting.interval(Tally.ofRate(audits.audits(), audits.disagreements()), TierHealth.ALPHA),
        alarm);
  }

  private boolean isBroken(AuditedTier tier, TierAudits audits) {
    Optional<Certificate> certificate = certificate(tier);
    if (certificate.isEmpty()) {
      return false;
    }
    double eps = certificate.get().eps();
    if (!new DriftGuard(eps, DRIFT_ALPHA).isBroken(audits.audits(), audits.disagreements())) {
      return false;
    }
    log.warn(
        "Tier {} of {}@{}: {} of {} audited texts get another label than from the full model (expected:"
            + " at most the share {}, as certified; calibrate on texts like those that come now, or name a"
            + " slower tier until then)",
        tier.tier(),
        tier.model(),
        tier.version(),
        audits.disagreements(),
        audits.audits(),
        eps);
    return true;
  }

  /** A tier's promise, if it is about what is served. */
  private Optional<Certificate> certificate(AuditedTier tier) {
    for (ServedModel model : catalog.get().models()) {
      if (model.name().equals(tier.model()) && model.version().equals(tier.version())) {
        return model
            .manifest()
            .tiers()
            .find(tier.tier())
            .flatMap(found -> found.certificate().filter(model::honours));
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    thread.close(); // A look under way ends by itself.
  }
}
