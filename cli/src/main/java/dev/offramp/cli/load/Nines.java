package dev.offramp.cli.load;

import java.math.BigDecimal;

/**
 * An axis of percentiles that gives the tail its room: 50 stands at 0, 90 at 1, 99 at 2, 99.9 at 3,
 * one more nine at each whole number.
 */
final class Nines {
  private static final double MEDIAN = Math.log10(2);

  /** Where a percentile from 50 to below 100 stands. */
  double place(double percentile) {
    double nines = -Math.log10(1 - percentile / 100);
    return nines < 1 ? (nines - MEDIAN) / (1 - MEDIAN) : nines;
  }

  /** The percentile at a place. */
  double percentile(double place) {
    double nines = place < 1 ? MEDIAN + place * (1 - MEDIAN) : place;
    return 100 * (1 - Math.pow(10, -nines));
  }

  /** What to write at a place; nothing between whole numbers. */
  String label(double place) {
    long nines = Math.round(place);
    if (Math.abs(place - nines) > 1e-6) {
      return " ";
    }
    return nines == 0
        ? "50"
        : BigDecimal.valueOf(100)
            .subtract(BigDecimal.ONE.movePointRight(2 - (int) nines))
            .toPlainString();
  }
}
