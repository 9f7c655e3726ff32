package dev.offramp.bench.serving;

import dev.offramp.bench.kernels.Medians;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What was measured, load by load and round by round. Ratios are of values of the same round, and
 * then the median over rounds is taken, so that a machine whose pace drifts is fair to all.
 *
 * @param layers of the model
 * @param rounds all loads of a round, one after the other
 */
record EngineRun(int layers, List<Round> rounds) {

  /** The name of the load that runs every layer. */
  static final String FULL = "full";

  /**
   * One round.
   *
   * @param loads saturating loads by their tier, {@link #FULL} first
   * @param mixed all of these in one load, as many texts of each
   * @param wholeBatches texts a second of the server that runs batches whole
   * @param atCapacity texts that come as fast as they can be answered, with deadlines
   * @param overloaded texts that come twice as fast
   */
  record Round(
      Map<String, EngineLoad.Result> loads,
      EngineLoad.Result mixed,
      double wholeBatches,
      PacedLoad.Result atCapacity,
      PacedLoad.Result overloaded) {

    EngineLoad.Result load(String tier) {
      EngineLoad.Result result = loads.get(tier);
      if (result == null) {
        throw new IllegalArgumentException("load: '" + tier + "' (expected: " + loads.keySet());
      }
      return result;
    }

    /** Mixed throughput over that of the same texts tier by tier, which adds up their times. */
    double mixedRatio() {
      double seconds = 0;
      for (EngineLoad.Result load : loads.values()) {
        seconds += 1 / load.perSecond();
      }
      return mixed.perSecond() * seconds / loads.size();
    }

    double wallSpeedup(String tier) {
      return load(tier).perSecond() / load(FULL).perSecond();
    }
  }

  /**
   * A tier's line.
   *
   * @param name of the tier
   * @param perSecond texts a second
   * @param meanDepth layers that they ran
   * @param layerSpeedup all layers over these
   * @param wallSpeedup throughput over the full model's
   * @param ratio the second over the first
   */
  record Line(
      String name,
      double perSecond,
      double meanDepth,
      double layerSpeedup,
      double wallSpeedup,
      double ratio) {}

  EngineRun {
    rounds = List.copyOf(rounds);
  }

  /** A line for each tier. */
  List<Line> lines() {
    var lines = new ArrayList<Line>();
    for (String tier : rounds.getFirst().loads().keySet()) {
      double depth = median(round -> round.load(tier).meanDepth());
      lines.add(
          new Line(
              tier,
              median(round -> round.load(tier).perSecond()),
              depth,
              layers / depth,
              median(round -> round.wallSpeedup(tier)),
              median(round -> round.wallSpeedup(tier) * round.load(tier).meanDepth() / layers)));
    }
    return lines;
  }

  double mixedTiers() {
    return median(Round::mixedRatio);
  }

  /** The engine's throughput at a tier over that of the server that runs batches whole. */
  double overWholeBatches(String tier) {
    return median(round -> round.load(tier).perSecond() / round.wholeBatches());
  }

  /** Answers in time at twice the capacity, over those at capacity. */
  double overloadGoodput() {
    return median(round -> round.overloaded().inTime() / round.atCapacity().inTime());
  }

  /** The median over rounds. */
  double median(ToDoubleFunction<Round> value) {
    return Medians.of(rounds.stream().mapToDouble(value).toArray());
  }

  /** The numbers as JSON. */
  Map<String, Object> json(String baselineTier) {
    var numbers = new LinkedHashMap<String, Object>();
    numbers.put("tiers", lines());
    numbers.put("mixedTiers", mixedTiers());
    numbers.put("batchServerBaseline", overWholeBatches(baselineTier));
    numbers.put("overloadGoodput", overloadGoodput());
    numbers.put("rounds", rounds);
    return numbers;
  }
}
