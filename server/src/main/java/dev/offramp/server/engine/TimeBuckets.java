package dev.offramp.server.engine;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * How often something took how long.
 *
 * <p>Threading: safe for all threads; counting waits for nobody.
 */
public final class TimeBuckets {

  private static final long[] BOUNDS =
      Stream.of(
              200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
              1_000_000, 2_000_000, 5_000_000)
          .mapToLong(TimeUnit.MICROSECONDS::toNanos)
          .toArray();

  private final List<LongAdder> buckets =
      Stream.generate(LongAdder::new).limit(BOUNDS.length + 1).toList();
  private final LongAdder nanos = new LongAdder();

  /**
   * What was counted.
   *
   * @param counts how often it took longer than the bound before and no longer than this one, the
   *     last without a bound: {@code [bounds + 1]}
   * @param nanos that all of it took together
   */
  public record Counted(List<Long> counts, long nanos) {
    /** Of these counts. */
    public Counted {
      counts = List.copyOf(counts);
    }
  }

  /** Counts that it took so long. */
  public void add(long took) {
    int bucket = 0;
    while (bucket < BOUNDS.length && took > BOUNDS[bucket]) {
      bucket++;
    }
    buckets.get(bucket).increment();
    nanos.add(took);
  }

  /** Up to which time each bucket but the last counts, in nanoseconds. */
  public static long[] boundNanos() {
    return BOUNDS.clone();
  }

  /** What was counted until now. */
  public Counted counted() {
    return new Counted(buckets.stream().map(LongAdder::sum).toList(), nanos.sum());
  }
}
