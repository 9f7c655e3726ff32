package dev.offramp.server.experiment;

import dev.offramp.model.io.DurationText;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The coverages that an experiment goes through.
 *
 * @param steps rising, above 0, at most 1
 * @param dwell how long each lasts at least, positive
 */
public record RampPlan(List<Double> steps, Duration dwell) {
  /** Copies and checks. */
  public RampPlan {
    steps = List.copyOf(steps);
    double last = 0;
    for (double step : steps) {
      if (!(step > last && step <= 1)) {
        throw new IllegalArgumentException(
            "steps: %s (expected: rising, above 0, at most 1)".formatted(steps));
      }
      last = step;
    }
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("steps: none (expected: at least one)");
    }
    if (!dwell.isPositive()) {
      throw new IllegalArgumentException(
          "dwell: %s (expected: > 0)".formatted(DurationText.format(dwell)));
    }
  }

  /** Whether a coverage is one of the steps. */
  public boolean has(double coverage) {
    return steps.contains(coverage);
  }

  /** The step behind a coverage; empty behind the last, and where it is no step. */
  public OptionalDouble next(double coverage) {
    int step = steps.indexOf(coverage);
    return step < 0 || step == steps.size() - 1
        ? OptionalDouble.empty()
        : OptionalDouble.of(steps.get(step + 1));
  }
}
