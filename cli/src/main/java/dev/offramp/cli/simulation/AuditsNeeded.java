package dev.offramp.cli.simulation;

import dev.offramp.cli.simulation.ScoredTexts.Score;
import dev.offramp.server.experiment.stats.PairedTally;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.apache.commons.math3.distribution.NormalDistribution;

/*
 * A true difference of exactly one point is made of recorded texts by how often each kind is drawn:
 * those on which the bold rule alone errs, those on which the safe one alone does, in the proportion
 * that was recorded, and all others. Audits look after each text and may stop at any. A split sees
 * each request in one arm only, and is given the number of requests that it needs beforehand:
 *
 *   n an arm = (z_(1 - alpha/2) + z_power)^2 (p_a (1 - p_a) + p_b (1 - p_b)) / difference^2
 *
 * It cannot see disagreement with the full model, which nobody ran: what it sees is labels that
 * callers report. It is given them for every request, and every answer that the bold rule changes is
 * counted as a right one made wrong, which is the most that a split could see. The other split here
 * is one of which every request was audited too: not a way anyone would choose, but the same outcome.
 */

/**
 * How many requests it takes to find that one tier disagrees with the full model in one text of a
 * hundred more than another: by paired audits, and by a split of units between the two.
 *
 * @param audits audited requests after which a share {@link #POWER} of the runs had found it, at
 *     level {@link EqualArms#ALPHA}, two-sided, looking after each
 * @param medianAudits after which half of them had
 * @param wrongSide runs that ever said the opposite
 * @param labelSplit requests, both arms together, of a fixed-horizon split with the same level and
 *     power, on labels reported for every request
 * @param auditedSplit the same on the disagreement itself, every request audited
 */
public record AuditsNeeded(
    long audits, long medianAudits, int wrongSide, long labelSplit, long auditedSplit) {
  /** The true difference of disagreement. */
  public static final double DIFFERENCE = 0.01;

  /** The share of experiments that are to find it. */
  public static final double POWER = 0.8;

  private static final int MOST_AUDITS = 1_000_000;

  /** Plays the audits; {@code afterEach} is called after each run. */
  public static AuditsNeeded play(ScoredTexts texts, int runs, long seed, Runnable afterEach) {
    var random = new SplittableRandom(seed);
    int bold = texts.boldErrs().size();
    int safe = texts.safeErrs().size();
    double more = DIFFERENCE * bold / (bold - safe);
    double less = DIFFERENCE * safe / (bold - safe);
    var stopped = new long[runs];
    int wrongSide = 0;
    for (int run = 0; run < runs; run++) {
      var tally = new PairedTally(0, 0, 0);
      int sign = 0;
      int n = 0;
      while (sign != 1 && n < MOST_AUDITS) {
        n++;
        double drawn = random.nextDouble();
        if (drawn < more + less) {
          // As in EqualArms: only such texts move the bets against 0.
          boolean boldErred = drawn < more;
          tally =
              new PairedTally(
                  n, tally.more() + (boldErred ? 1 : 0), tally.less() + (boldErred ? 0 : 1));
          sign = tally.sign(EqualArms.ALPHA);
          wrongSide += sign == -1 ? 1 : 0;
        }
      }
      stopped[run] = sign == 1 ? n : Long.MAX_VALUE;
      afterEach.run();
    }
    Arrays.sort(stopped);
    return new AuditsNeeded(
        stopped[(int) Math.ceil(POWER * runs) - 1],
        stopped[(runs - 1) / 2],
        wrongSide,
        split(share(texts, more, less, Score::wrong)),
        split(share(texts, more, less, Score::differs)));
  }

  /* How often the safe rule errs, as texts are drawn. */
  private static double share(ScoredTexts texts, double more, double less, Predicate<Score> errs) {
    return more * share(texts.boldErrs(), errs)
        + less * share(texts.safeErrs(), errs)
        + (1 - more - less) * share(texts.same(), errs);
  }

  private static double share(List<Score> texts, Predicate<Score> errs) {
    return texts.isEmpty() ? 0 : texts.stream().filter(errs).count() / (double) texts.size();
  }

  /** Requests of a split in all, if the safe arm errs with probability {@code p}. */
  static long split(double p) {
    var normal = new NormalDistribution();
    double z =
        normal.inverseCumulativeProbability(1 - EqualArms.ALPHA / 2)
            + normal.inverseCumulativeProbability(POWER);
    double other = Math.min(1, p + DIFFERENCE);
    double variance = p * (1 - p) + other * (1 - other);
    return 2 * (long) Math.ceil(z * z * variance / (DIFFERENCE * DIFFERENCE));
  }

  /** Audits per request of a split that sees reported labels. */
  public double ratio() {
    return audits / (double) labelSplit;
  }

  /** Audits per request of a split of which every request is audited. */
  public double ratioToAuditedSplit() {
    return audits / (double) auditedSplit;
  }
}
