package dev.offramp.cli.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The course of a run: latencies by when calls were due, answers by when they arrived. By arrival,
 * a server that stalls would show no slow second at all, only an empty one.
 *
 * <p>Threading: safe for all threads. Times are nanoseconds from the end of the warm-up.
 */
final class Timeline {
  private static final int MOST_SLICES = 600;
  private static final long SECOND = 1_000_000_000;

  private final long width;
  private final long[] planned;
  private final long[] answered;
  private final @Nullable Histogram[] latencyNanos;

  Timeline(Duration measured) {
    long seconds = Math.ceilDiv(measured.toNanos(), SECOND);
    this.width = SECOND * Math.ceilDiv(seconds, MOST_SLICES);
    int slices = Math.toIntExact(Math.ceilDiv(measured.toNanos(), width));
    this.planned = new long[slices];
    this.answered = new long[slices];
    this.latencyNanos = new @Nullable Histogram[slices];
  }

  synchronized void planned(long due) {
    planned[place(due)]++;
  }

  synchronized void answered(long due, long arrival) {
    // What arrives after the last call was due is in no slice.
    if (place(arrival) < answered.length) {
      answered[place(arrival)]++;
    }
    Histogram slice = latencyNanos[place(due)];
    if (slice == null) {
      slice = new Histogram(2);
      latencyNanos[place(due)] = slice;
    }
    slice.recordValue(Percentiles.recordable(arrival - due));
  }

  /** The slices that began before {@code end}. */
  synchronized List<Slice> slices(long end) {
    var slices = new ArrayList<Slice>();
    for (int i = 0; i < planned.length && i * width < end; i++) {
      Histogram recorded = latencyNanos[i];
      Percentiles latency = Percentiles.of(recorded == null ? Percentiles.empty() : recorded);
      slices.add(
          new Slice(
              i * width / 1e9,
              Math.min(width, end - i * width) / 1e9,
              planned[i],
              answered[i],
              latency.millisOrMax(50),
              latency.millisOrMax(99)));
    }
    return slices;
  }

  private int place(long nanos) {
    return (int) Math.min(nanos / width, Integer.MAX_VALUE);
  }
}
