package dev.offramp.cli.load;

/**
 * A second of a run, or several where a run is long.
 *
 * @param fromSeconds where it begins, from the end of the warm-up
 * @param seconds how long it is
 * @param planned calls that were due in it
 * @param answered answers that arrived in it
 * @param p50Millis the median latency of the answered calls that were due in it; NaN without one
 * @param p99Millis the latency that 99 % of them had at most, of fewer than 100 the slowest; NaN
 *     without one
 */
public record Slice(
    double fromSeconds,
    double seconds,
    long planned,
    long answered,
    double p50Millis,
    double p99Millis) {}
