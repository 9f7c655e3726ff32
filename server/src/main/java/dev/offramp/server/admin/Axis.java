package dev.offramp.server.admin;

import java.util.ArrayList;
import java.util.List;

/**
 * An axis of a chart: from values to places on the page.
 *
 * @param low the value at {@code from}
 * @param high the value at {@code to}, above {@code low}
 * @param from a place in the chart's own units
 * @param to another; may be less, as upwards
 * @param ticks round values between, with their places
 */
record Axis(double low, double high, double from, double to, List<Tick> ticks) {

  /**
   * A round value.
   *
   * @param at its place
   */
  record Tick(double at, String label) {}

  private static final int ABOUT_TICKS = 5;

  /** An axis that holds these values and some room, over this much at least. */
  static Axis over(double least, double most, double span, double from, double to) {
    double more = Math.max(0, (span - (most - least)) / 2);
    return over(least - more, most + more, from, to);
  }

  /** An axis that holds these values and some room. */
  static Axis over(double least, double most, double from, double to) {
    double span = most - least;
    double room = span > 0 ? span * 0.05 : Math.max(1e-9, Math.abs(most) * 0.1 + 1e-3);
    return exactly(least - room, most + room, from, to);
  }

  /** An axis from one value to another. */
  static Axis exactly(double low, double high, double from, double to) {
    var axis = new Axis(low, high, from, to, List.of());
    double step = step((high - low) / ABOUT_TICKS);
    int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    var ticks = new ArrayList<Tick>();
    for (double n = Math.ceil(low / step); n * step <= high + step * 1e-9; n++) {
      double value = n * step == 0 ? 0 : n * step; // no minus 0
      ticks.add(new Tick(axis.at(value), Numbers.fixed(value, decimals)));
    }
    return new Axis(low, high, from, to, List.copyOf(ticks));
  }

  /** 1, 2 or 5 times a power of ten. */
  private static double step(double about) {
    double power = Math.pow(10, Math.floor(Math.log10(about)));
    double lead = about / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  }

  /** The place of a value; one beyond an end is at that end. */
  double at(double value) {
    double share = Math.clamp((value - low) / (high - low), 0, 1);
    return Math.round((from + share * (to - from)) * 10) / 10.0;
  }

  boolean contains(double value) {
    return value >= low && value <= high;
  }
}
