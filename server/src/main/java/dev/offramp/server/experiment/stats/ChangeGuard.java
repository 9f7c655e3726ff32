package dev.offramp.server.experiment.stats;

import java.util.List;
import java.util.Optional;

/*
 * A drift guard over all audits ever is slow where many good ones came first: the bad ones have to
 * drag the mean of all above the certified risk. So bets begin anew from time to time, at starts that
 * are chosen by the number of audits alone, and wealth is spread over them beforehand: one half for
 * the very first, 1 / (2 j (j + 1)) for the j-th after it, together 1. Each start's wealth is a
 * nonnegative supermartingale from 1 (and 1 before it) if every audit disagrees with a probability of
 * eps at most, so the sum is, and ever passes 1/alpha with probability alpha at most, over all time
 * and all starts. Source: Ville's inequality for mixtures of e-processes begun at different times, as in
 * Shin, Ramdas and Rinaldo, "E-detectors" (2022), here with weights that add up, since an alarm is acted
 * on and false ones are to be rare for good, not only rare in a while.
 *
 * What a late start costs is log(2 j (j + 1)) nats of evidence, which grows with the logarithm of the
 * audits before. Starts that are forgotten only make the sum smaller.
 */

/**
 * Whether a tier's disagreement is above what was certified, be it from the beginning or since some
 * time: {@link DriftGuard} begun anew again and again, with one probability of a false alarm.
 *
 * @param eps the greatest disagreement that was certified, above 0 and below 1
 * @param alpha the probability with which a tier that keeps it ever raises an alarm
 */
public record ChangeGuard(double eps, double alpha) {

  /** The audits between two starts: {@value}. */
  public static final int SPACING = 100;

  /** The starts that are remembered, the last ones: {@value}. */
  public static final int MOST_STARTS = 100;

  /**
   * From where on audits are counted.
   *
   * @param number counts starts, from 1; 0 is the beginning
   * @param audits those before
   * @param disagreements those before
   */
  public record Start(long number, long audits, long disagreements) {
    /** Where nothing was counted yet. */
    public static final Start BEGINNING = new Start(0, 0, 0);

    private double logWeight() {
      return number == 0
          ? Math.log(0.5)
          : -Math.log(2) - Math.log((double) number) - Math.log(number + 1.0);
    }
  }

  /** Checks both. */
  public ChangeGuard {
    var _ = new DriftGuard(eps, alpha);
  }

  /**
   * Whether there is an alarm, and from which start on audits speak most for it.
   *
   * @param audits all
   * @param disagreements all
   * @param starts those that are remembered, without the beginning
   */
  public Optional<Start> alarm(long audits, long disagreements, List<Start> starts) {
    Start strongest = Start.BEGINNING;
    double most = logWealth(strongest, audits, disagreements);
    double[] logs = new double[starts.size() + 1];
    logs[starts.size()] = most;
    for (int i = 0; i < starts.size(); i++) {
      logs[i] = logWealth(starts.get(i), audits, disagreements);
      if (logs[i] > most) {
        most = logs[i];
        strongest = starts.get(i);
      }
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - most);
    }
    return most + Math.log(sum) >= -Math.log(alpha) ? Optional.of(strongest) : Optional.empty();
  }

  private double logWealth(Start start, long audits, long disagreements) {
    Tally since = Tally.ofRate(audits - start.audits(), disagreements - start.disagreements());
    return start.logWeight() + Betting.logEvidenceAbove(since, eps);
  }

  /**
   * Within how many audits after a change an alarm is raised with a probability of {@code sure} at
   * least: those up to the next start, and what that start needs by itself.
   *
   * @param before audits before the change, whatever they were
   * @param rate the true disagreement since, above {@code eps}
   * @throws IllegalArgumentException as {@link DriftGuard#auditsToAlarm}
   */
  public long auditsToAlarm(long before, double rate, double sure) {
    long number = Math.ceilDiv(before, SPACING);
    double share = Math.exp(new Start(number, before, 0).logWeight());
    return number * SPACING - before + new DriftGuard(eps, alpha * share).auditsToAlarm(rate, sure);
  }
}
