package dev.offramp.cli.simulation;

import dev.offramp.assignment.Assignment;
import dev.offramp.server.experiment.stats.ArmSums;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.experiment.stats.Goal;
import dev.offramp.server.experiment.stats.MeanDifference;
import dev.offramp.server.experiment.stats.NormalMixture;
import dev.offramp.server.experiment.stats.PairedTally;
import dev.offramp.server.experiment.stats.Verdict;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A/A experiments: both arms are the same, and one looks after every request.
 *
 * <p>Each run has a salt of its own, by which units fall to the arms; each request is a new unit
 * with a text drawn from those recorded. Three metrics are decided upon: exit depth and wrong
 * answers by the split, and disagreement by audits. For the audits two rules that differ are made
 * equal: for each text it is drawn anew which of them plays which arm, so that the true difference
 * is 0 while single texts differ.
 *
 * @param runs how many experiments there were
 * @param looks how often each was looked at
 * @param byAudits in how many audits ever said better or worse
 * @param byDepth in how many the exit depth of the split ever did
 * @param byWrongAnswers in how many its wrong answers ever did
 */
public record EqualArms(int runs, int looks, int byAudits, int byDepth, int byWrongAnswers) {
  /** The level at which all experiments here are decided. */
  public static final double ALPHA = 0.05;

  /** Plays the experiments; {@code afterEach} is called after each. */
  public static EqualArms play(
      ScoredTexts texts, int runs, int looks, long seed, Runnable afterEach) {
    var random = new SplittableRandom(seed);
    int audits = 0;
    int depth = 0;
    int wrong = 0;
    for (int run = 0; run < runs; run++) {
      var one =
          new Run(texts, Assignment.of("aa-%d-%d".formatted(seed, run), List.of(0.5, 0.5), 1));
      for (int look = 1; look <= looks; look++) {
        one.request(look, random);
      }
      audits += one.byAudits ? 1 : 0;
      depth += one.byDepth ? 1 : 0;
      wrong += one.byWrongAnswers ? 1 : 0;
      afterEach.run();
    }
    return new EqualArms(runs, looks, audits, depth, wrong);
  }

  /** The share of runs that were ever wrong, of the metric that was wrong most often. */
  public double falsePositiveRate() {
    return Math.max(byAudits, Math.max(byDepth, byWrongAnswers)) / (double) runs;
  }

  private static final class Run {
    private static final NormalMixture MIXTURE = new NormalMixture(ALPHA);

    private final ScoredTexts texts;
    private final Assignment assignment;
    private final ArmSums[] depths = {ArmSums.NONE, ArmSums.NONE};
    private final ArmSums[] wrongs = {ArmSums.NONE, ArmSums.NONE};
    private PairedTally audits = new PairedTally(0, 0, 0);
    private boolean byAudits;
    private boolean byDepth;
    private boolean byWrongAnswers;

    Run(ScoredTexts texts, Assignment assignment) {
      this.texts = texts;
      this.assignment = assignment;
    }

    void request(int number, SplittableRandom random) {
      int index = random.nextInt(texts.size());
      ScoredTexts.Score text = texts.get(index);
      int arm = assignment.arm("unit-" + number);
      depths[arm] = depths[arm].with(text.depth(), 0);
      wrongs[arm] = wrongs[arm].with(text.wrong() ? 1 : 0, 0);
      byDepth = byDepth || isDecided(depths);
      byWrongAnswers = byWrongAnswers || isDecided(wrongs);
      if (texts.isDiscordant(index)) {
        boolean second = random.nextBoolean();
        audits =
            new PairedTally(
                number, audits.more() + (second ? 1 : 0), audits.less() + (second ? 0 : 1));
        // Texts that both fare alike on leave the bets against 0 as they were: no look is left out.
        byAudits = byAudits || audits.sign(ALPHA) != 0;
      }
    }

    private static boolean isDecided(ArmSums[] arms) {
      var difference = MeanDifference.of(arms[0], arms[1]);
      Verdict verdict =
          Decision.of(
                  difference.interval(MIXTURE),
                  difference.estimate(),
                  difference.n(),
                  0,
                  Goal.LOWER)
              .verdict();
      return verdict == Verdict.BETTER || verdict == Verdict.WORSE;
    }
  }
}
