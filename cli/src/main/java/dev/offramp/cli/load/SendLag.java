package dev.offramp.cli.load;

import java.util.Locale;
import java.util.Optional;

/**
 * How much later than planned calls were sent: what the generator itself adds to latencies.
 *
 * @param lag from when a call was due to when it was sent
 */
public record SendLag(Percentiles lag) {
  /** The most that 99 % of calls may be late by, in milliseconds. */
  public static final double MOST_MILLIS = 1;

  /** The most that 99 % of calls may be late by, as a share of the median latency. */
  public static final double MOST_OF_MEDIAN = 0.1;

  /**
   * Says so where the generator did not keep to its plan.
   *
   * @param medianMillis the median latency of answers; NaN: there is none
   */
  public Optional<String> warning(double medianMillis) {
    double late = lag.millisOrMax(99);
    double allowed =
        Double.isNaN(medianMillis)
            ? MOST_MILLIS
            : Math.min(MOST_MILLIS, MOST_OF_MEDIAN * medianMillis);
    return late <= allowed || Double.isNaN(late)
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "send lag: 99 %% of calls within %.3f ms (expected: <= %.3f ms, the smaller of %.0f ms and %.0f %% of"
                    + " the median latency). The generator did not keep to its plan, and its delay"
                    + " is part of the latencies above: lower --rate, or give it cores of its own",
                late,
                allowed,
                MOST_MILLIS,
                100 * MOST_OF_MEDIAN));
  }
}
