package dev.offramp.server.registry;

import dev.offramp.model.tier.Tiers;
import dev.offramp.server.engine.TimeBuckets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long a model's answers took since it was loaded, from a request's arrival until its answer
 * was made, and how many got a bolder tier than was to be applied; by the tier that was applied.
 *
 * <p>Threading: safe for all threads; counting waits for nobody.
 */
public final class TierTraffic {

  /** What answers by explicit rules count as; no tier can be called so. */
  public static final String RULES = "(rule)";

  private final Map<String, Counted> byTier = new LinkedHashMap<>();

  private static final class Counted {
    final TimeBuckets times = new TimeBuckets();
    final LongAdder brownedOut = new LongAdder();
  }

  /**
   * What was counted of one tier.
   *
   * @param tier its name, or {@link #RULES}
   * @param times that its answers took
   * @param brownedOut of them, that were to get a safer tier
   */
  public record OfTier(String tier, TimeBuckets.Counted times, long brownedOut) {}

  /** Of a model with these tiers. */
  public TierTraffic(Tiers tiers) {
    tiers.names().forEach(tier -> byTier.put(tier, new Counted()));
    byTier.put(RULES, new Counted());
  }

  /**
   * Counts an answer.
   *
   * @param tier that was applied; empty for an explicit rule
   * @param brownedOut whether a safer one was to be
   * @param nanos since the request arrived
   */
  public void answered(String tier, boolean brownedOut, long nanos) {
    Counted counted = byTier.get(tier);
    if (counted == null) {
      counted = Objects.requireNonNull(byTier.get(RULES));
    }
    counted.times.add(nanos);
    if (brownedOut) {
      counted.brownedOut.increment();
    }
  }

  /** What was counted until now. */
  public List<OfTier> tiers() {
    return byTier.entrySet().stream()
        .map(of ->
            new OfTier(of.getKey(), of.getValue().times.counted(), of.getValue().brownedOut.sum()))
        .toList();
  }
}
