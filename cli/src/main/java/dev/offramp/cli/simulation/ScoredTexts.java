package dev.offramp.cli.simulation;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.trainer.Evaluation;
import java.util.ArrayList;
import java.util.List;

/**
 * Recorded texts as two exit rules answer them.
 *
 * @param same texts on which both rules agree with the full model, or both do not
 * @param boldErrs texts on which the bold rule alone does not
 * @param safeErrs texts on which the safe rule alone does not
 */
public record ScoredTexts(List<Score> same, List<Score> boldErrs, List<Score> safeErrs) {
  /**
   * What the safe rule makes of a text.
   *
   * @param depth where the text leaves
   * @param wrong whether the answer is not the text's label
   * @param differs whether the answer is not the full model's
   */
  public record Score(int depth, boolean wrong, boolean differs) {}

  /** Copies the lists and checks that the bold rule is the one that errs more. */
  public ScoredTexts {
    same = List.copyOf(same);
    boldErrs = List.copyOf(boldErrs);
    safeErrs = List.copyOf(safeErrs);
    if (boldErrs.size() <= safeErrs.size()) {
      throw new IllegalArgumentException(
          ("texts on which the bold rule alone differs from the full model: %d, the safe one alone:"
                  + " %d (expected: more of the former; record traces of more texts)")
              .formatted(boldErrs.size(), safeErrs.size()));
    }
  }

  /**
   * Scores the texts of an evaluation.
   *
   * @throws IllegalArgumentException if it has no labels, or the bold rule does not err more often
   */
  public static ScoredTexts of(Evaluation evaluation, ExitRule safe, ExitRule bold) {
    List<Integer> labels =
        evaluation
            .labels()
            .orElseThrow(() ->
                new IllegalArgumentException("labels: none (expected: traces of labelled texts)"));
    var same = new ArrayList<Score>();
    var boldErrs = new ArrayList<Score>();
    var safeErrs = new ArrayList<Score>();
    for (int i = 0; i < labels.size(); i++) {
      Trace trace = evaluation.traces().get(i);
      int full = trace.label(evaluation.layers());
      int depth = trace.exit(safe).orElseThrow().depth();
      int answer = trace.label(depth);
      boolean differs = answer != full;
      boolean boldDiffers = trace.label(trace.exit(bold).orElseThrow().depth()) != full;
      List<Score> kind = differs == boldDiffers ? same : boldDiffers ? boldErrs : safeErrs;
      kind.add(new Score(depth, answer != labels.get(i), differs));
    }
    return new ScoredTexts(same, boldErrs, safeErrs);
  }

  /** How many texts there are. */
  public int size() {
    return same.size() + boldErrs.size() + safeErrs.size();
  }

  /** One of them, by a number from 0 on: those alike first, then where the bold rule errs. */
  Score get(int index) {
    int past = index - same.size();
    if (past < 0) {
      return same.get(index);
    }
    return past < boldErrs.size() ? boldErrs.get(past) : safeErrs.get(past - boldErrs.size());
  }

  /** Whether the two rules fare differently on the text of that number. */
  boolean isDiscordant(int index) {
    return index >= same.size();
  }
}
