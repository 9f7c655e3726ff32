package dev.offramp.cli.load;

import dev.offramp.model.io.DurationText;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;

/**
 * When calls are due, fixed before the first one leaves. The same plan always gives the same times.
 *
 * @param perSecond calls a second, on average
 * @param warmUp the first part, whose calls are sent and not counted
 * @param measured the part after it, whose calls are counted
 * @param gaps how calls follow each other
 * @param seed of random gaps
 */
public record ArrivalPlan(
    double perSecond, Duration warmUp, Duration measured, Gaps gaps, long seed) {

  /** The highest rate: one call a microsecond, {@value} a second. */
  public static final int MAX_PER_SECOND = 1_000_000;

  /** The longest warm-up, and the longest measurement. */
  public static final Duration MAX_DURATION = Duration.ofDays(1);

  private static final double SECOND = 1e9;

  /** How calls follow each other. */
  public enum Gaps {
    /** All gaps are alike. */
    EVEN,
    /** Gaps are exponential, as those of many independent users are: a Poisson process. */
    EXPONENTIAL
  }

  public ArrivalPlan {
    if (!(perSecond > 0 && perSecond <= MAX_PER_SECOND)) {
      throw new IllegalArgumentException(
          "rate: %s (expected: above 0 to %,d calls a second)"
              .formatted(perSecond, MAX_PER_SECOND));
    }
    if (warmUp.isNegative() || warmUp.compareTo(MAX_DURATION) > 0) {
      throw new IllegalArgumentException(
          "warm-up: %s (expected: 0 to %s)"
              .formatted(DurationText.format(warmUp), DurationText.format(MAX_DURATION)));
    }
    if (!measured.isPositive() || measured.compareTo(MAX_DURATION) > 0) {
      throw new IllegalArgumentException(
          "measured time: %s (expected: above 0 to %s)"
              .formatted(DurationText.format(measured), DurationText.format(MAX_DURATION)));
    }
  }

  /** Calls at even gaps, without a warm-up. */
  public static ArrivalPlan even(double perSecond, Duration measured) {
    return new ArrivalPlan(perSecond, Duration.ZERO, measured, Gaps.EVEN, 0);
  }

  /** Calls at exponential gaps, without a warm-up. */
  public static ArrivalPlan poisson(double perSecond, Duration measured, long seed) {
    return new ArrivalPlan(perSecond, Duration.ZERO, measured, Gaps.EXPONENTIAL, seed);
  }

  /** The same with a warm-up before it. */
  public ArrivalPlan withWarmUp(Duration warmUp) {
    return new ArrivalPlan(perSecond, warmUp, measured, gaps, seed);
  }

  /** From the start to where no call is due any more. */
  public Duration length() {
    return warmUp.plus(measured);
  }

  /** When calls are due, in nanoseconds from the start, in order. */
  public PrimitiveIterator.OfLong dueNanos() {
    return switch (gaps) {
      case EVEN -> new Even();
      case EXPONENTIAL -> new Exponential();
    };
  }

  /** Each time is computed from the start, so that rounding does not add up. */
  private final class Even extends Times {
    private long index;

    @Override
    long following() {
      return Math.round(index++ * SECOND / perSecond);
    }
  }

  private final class Exponential extends Times {
    private final SplittableRandom random = new SplittableRandom(seed);
    private double nanos;

    @Override
    long following() {
      nanos -= Math.log(1 - random.nextDouble()) * SECOND / perSecond;
      return Math.round(nanos);
    }
  }

  private abstract class Times implements PrimitiveIterator.OfLong {
    private final long end = length().toNanos();
    private long next = -1;

    abstract long following();

    @Override
    public boolean hasNext() {
      if (next < 0) {
        next = following();
      }
      return next < end;
    }

    @Override
    public long nextLong() {
      if (!hasNext()) {
        throw new NoSuchElementException("no call is due after " + length());
      }
      long due = next;
      next = -1;
      return due;
    }
  }
}
