package dev.offramp.server.experiment.analysis;

import dev.offramp.assignment.BucketRange;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.SampleRatio;
import dev.offramp.server.registry.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an experiment's counts say.
 *
 * @param arms in the arms' order
 * @param sampleRatio of the arms that units come to; empty where those are fewer than two
 */
public record Analysis(List<ArmAnalysis> arms, Optional<SampleRatio> sampleRatio) {
  /** Copies. */
  public Analysis {
    arms = List.copyOf(arms);
  }

  /**
   * Analyses counts.
   *
   * @param states what became of arms: of those that were stopped, nothing is concluded
   * @param layers of the model, where they are known
   * @param alpha the probability with which an interval is ever wrong
   */
  public static Analysis of(
      Experiment experiment, ArmStates states, Totals totals, OptionalInt layers, double alpha) {
    Optional<SampleRatio> ratio = sampleRatio(experiment, states, totals);
    boolean comparable = ratio.filter(SampleRatio::isMismatch).isEmpty();
    var analyzer = new ArmAnalyzer(experiment, states, totals, layers, alpha, comparable);
    return new Analysis(experiment.arms().stream().map(analyzer::analyze).toList(), ratio);
  }

  /** The layers of an experiment's model; empty if no version is served, or sizes differ. */
  public static OptionalInt layers(Experiment experiment, Catalog catalog) {
    int[] layers =
        catalog.models().stream()
            .filter(model -> model.name().equals(experiment.model()))
            .mapToInt(model -> model.manifest().config().layers())
            .distinct()
            .toArray();
    return layers.length == 1 ? OptionalInt.of(layers[0]) : OptionalInt.empty();
  }

  /**
   * By the buckets that arms have, not by their weights: of a small coverage an arm has a few whole
   * ones, and its share is another. Arms that were stopped have had no units since, and are left
   * out: the others' shares of the rest are what they were.
   */
  private static Optional<SampleRatio> sampleRatio(
      Experiment experiment, ArmStates states, Totals totals) {
    List<BucketRange> ranges = experiment.assignment().ranges();
    if (ranges.stream().allMatch(range -> size(range) == 0)) {
      ranges = experiment.withCoverage(1).assignment().ranges(); // Nobody comes in any more.
    }
    var units = new ArrayList<Long>();
    var sizes = new ArrayList<Integer>();
    for (int arm = 0; arm < ranges.size(); arm++) {
      String name = experiment.arms().get(arm).name();
      int size = size(ranges.get(arm));
      if (size > 0 && !states.isStopped(name)) {
        units.add(totals.arm(name).units());
        sizes.add(size);
      }
    }
    double all = sizes.stream().mapToInt(size -> size).sum();
    return units.size() < 2
        ? Optional.empty()
        : Optional.of(SampleRatio.of(units, sizes.stream().map(size -> size / all).toList()));
  }

  private static int size(BucketRange range) {
    return range.to() - range.from();
  }
}
