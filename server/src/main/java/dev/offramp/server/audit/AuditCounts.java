package dev.offramp.server.audit;

import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
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

  private final ConcurrentHashMap<AuditedTier, AuditHistory> tiers = new ConcurrentHashMap<>();

  @Override
  public void accept(Event event) {
    if (event instanceof Event.TierAudited(AuditedTier tier, boolean disagreed)) {
      tiers.compute(
          tier, (_, before) -> (before == null ? AuditHistory.NONE : before).with(disagreed));
    }
  }

  /** By tier; those without an audit are missing. */
  public Map<AuditedTier, AuditHistory> all() {
    return Map.copyOf(tiers);
  }
}
