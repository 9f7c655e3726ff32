package dev.offramp.cli.load;

/**
 * A look at a run while it lasts, warm-up included.
 *
 * @param seconds since it began
 * @param sent calls sent
 * @param answered answers
 * @param outstanding calls in flight
 * @param p99Millis the latency that 99 % of the answers since the last look had at most, whatever
 *     their number; 0 without an answer
 */
public record LoadSnapshot(
    double seconds, long sent, long answered, int outstanding, double p99Millis) {}
