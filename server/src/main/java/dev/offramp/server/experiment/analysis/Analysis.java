package dev.offramp.server.experiment.analysis;

import dev.offramp.assignment.BucketRange;
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
   * @param layers of the model, where they are known
   * @param alpha the probability with which an interval is ever wrong
   */
  public static Analysis of(
      Experiment experiment, Totals totals, OptionalInt layers, double alpha) {
    Optional<SampleRatio> ratio = sampleRatio(experiment, totals);
    boolean comparable = ratio.filter(SampleRatio::isMismatch).isEmpty();
    var analyzer = new ArmAnalyzer(experiment, totals, layers, alpha, comparable);
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
   * ones, and its share is another.
   */
  private static Optional<SampleRatio> sampleRatio(Experiment experiment, Totals totals) {
    List<BucketRange> ranges = experiment.assignment().ranges();
    if (ranges.stream().allMatch(range -> size(range) == 0)) {
      ranges = experiment.withCoverage(1).assignment().ranges(); // Nobody comes in any more.
    }
    double all = ranges.stream().mapToInt(Analysis::size).sum();
    var units = new ArrayList<Long>();
    var shares = new ArrayList<Double>();
    for (int arm = 0; arm < ranges.size(); arm++) {
      int size = size(ranges.get(arm));
      if (size > 0) {
        units.add(totals.arm(experiment.arms().get(arm).name()).units());
        shares.add(size / all);
      }
    }
    return units.size() < 2 ? Optional.empty() : Optional.of(SampleRatio.of(units, shares));
  }

  private static int size(BucketRange range) {
    return range.to() - range.from();
  }
}
