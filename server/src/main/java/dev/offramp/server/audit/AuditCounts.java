package dev.offramp.server.audit;

import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.count.Event;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What audits found of tiers since the server started, for servers that keep no state.
 *
 * <p>Threading: safe for all threads.
 */
public final class AuditCounts implements Consumer<Event> {

  private final ConcurrentHashMap<AuditedTier, TierAudits> tiers = new ConcurrentHashMap<>();

  @Override
  public void accept(Event event) {
    if (event instanceof Event.TierAudited(AuditedTier tier, boolean disagreed)) {
      tiers.merge(tier, TierAudits.of(disagreed), TierAudits::plus);
    }
  }

  /** By tier; those without an audit are missing. */
  public Map<AuditedTier, TierAudits> all() {
    return Map.copyOf(tiers);
  }
}
