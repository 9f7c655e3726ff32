package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.SampleRatio;
import dev.offramp.server.registry.Catalog;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an experiment's counts say.
 *
 * @param arms in the arms' order
 * @param sampleRatio of the arms with a weight; empty where those are fewer than two
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
    var analyzer = new ArmAnalyzer(experiment, totals, layers, alpha);
    return new Analysis(
        experiment.arms().stream().map(analyzer::analyze).toList(),
        sampleRatio(experiment, totals));
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

  private static Optional<SampleRatio> sampleRatio(Experiment experiment, Totals totals) {
    List<Arm> weighted = experiment.arms().stream().filter(arm -> arm.weight() > 0).toList();
    return weighted.size() < 2
        ? Optional.empty()
        : Optional.of(
            SampleRatio.of(
                weighted.stream().map(arm -> totals.arm(arm.name()).units()).toList(),
                weighted.stream().map(Arm::weight).toList()));
  }
}
