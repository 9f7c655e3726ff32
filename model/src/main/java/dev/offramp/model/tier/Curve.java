package dev.offramp.model.tier;

import dev.offramp.model.exit.ExitSignal;
import java.util.List;

/**
 * Metric against speed-up for one signal, from the safest threshold to the boldest.
 *
 * @param signal the signal whose threshold moves
 * @param temperature the temperature of the signal
 * @param metric the metric's name: {@code accuracy}, {@code f1}, {@code matthews}; without labels
 *     {@code agreement}
 * @param points by rising layer speed-up
 */
public record Curve(ExitSignal signal, double temperature, String metric, List<CurvePoint> points) {
  /** Checks the temperature and the name, and copies the points. */
  public Curve {
    if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "temperature of a curve: " + temperature + " (expected: > 0 and finite)");
    }
    if (metric.isBlank()) {
      throw new IllegalArgumentException("metric of a curve: empty (expected: its name)");
    }
    points = List.copyOf(points);
  }
}
