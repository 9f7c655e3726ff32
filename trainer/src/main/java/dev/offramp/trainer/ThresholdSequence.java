package dev.offramp.trainer;

import dev.offramp.model.exit.ExitSignal;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The thresholds that risk control walks through, from the safest to the boldest.
 *
 * <p>They depend on the signal and the number of classes alone, never on the calibration texts: a
 * sequence of hypotheses has to stand before the data are seen. They lie evenly in the logit {@code
 * ln(t / (1 - t))}, which for the normalized energy is the energy itself, so that the crowded ends
 * of the range are walked in small steps too.
 */
final class ThresholdSequence {
  private static final double FURTHEST_LOGIT = 30;
  private static final int STEPS_A_LOGIT = 50;

  private ThresholdSequence() {}

  static double[] of(ExitSignal signal, int classes) {
    double least = signal.least(classes);
    int steps = (int) (FURTHEST_LOGIT * STEPS_A_LOGIT);
    double[] rising =
        DoubleStream.concat(
                DoubleStream.of(least, signal.greatest()),
                IntStream.rangeClosed(-steps, steps)
                    .mapToDouble(i -> 1 / (1 + Math.exp(-i / (double) STEPS_A_LOGIT)))
                    .filter(t -> t > least && t < signal.greatest()))
            .sorted()
            .distinct()
            .toArray();
    return signal.passes(least, signal.greatest()) ? rising : reversed(rising);
  }

  private static double[] reversed(double[] values) {
    double[] reversed = Arrays.copyOf(values, values.length);
    for (int i = 0; i < values.length; i++) {
      reversed[i] = values[values.length - 1 - i];
    }
    return reversed;
  }
}
