package dev.offramp.server.registry;

import dev.offramp.model.tier.Tiers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * How long a model's answers took since it was loaded, from a request's arrival until its answer
 * was made, and how many got a bolder tier than was to be applied; by the tier that was applied.
 *
 * <p>Threading: safe for all threads; counting waits for nobody.
 */
public final class TierTraffic {

  /** What answers by explicit rules count as; no tier can be called so. */
  public static final String RULES = "(rule)";

  private static final long[] BOUNDS =
      Stream.of(
              200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
              1_000_000, 2_000_000, 5_000_000)
          .mapToLong(TimeUnit.MICROSECONDS::toNanos)
          .toArray();

  private final Map<String, Counted> byTier = new LinkedHashMap<>();

  private static final class Counted {
    final List<LongAdder> buckets =
        Stream.generate(LongAdder::new).limit(BOUNDS.length + 1).toList();
    final LongAdder nanos = new LongAdder();
    final LongAdder brownedOut = new LongAdder();
  }

  /**
   * What was counted of one tier.
   *
   * @param tier its name, or {@link #RULES}
   * @param counts answers that took longer than the bound before and no longer than this one, the
   *     last without a bound: {@code [bounds + 1]}
   * @param nanos that all of them took together
   * @param brownedOut of them, that were to get a safer tier
   */
  public record OfTier(String tier, List<Long> counts, long nanos, long brownedOut) {}

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
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
      bucket++;
    }
    counted.buckets.get(bucket).increment();
    counted.nanos.add(nanos);
    if (brownedOut) {
      counted.brownedOut.increment();
    }
  }

  /** Up to which time each bucket but the last counts, in nanoseconds. */
  public static long[] boundNanos() {
    return BOUNDS.clone();
  }

  /** What was counted until now. */
  public List<OfTier> tiers() {
    return byTier.entrySet().stream()
        .map(of ->
            new OfTier(
                of.getKey(),
                of.getValue().buckets.stream().map(LongAdder::sum).toList(),
                of.getValue().nanos.sum(),
                of.getValue().brownedOut.sum()))
        .toList();
  }
}
