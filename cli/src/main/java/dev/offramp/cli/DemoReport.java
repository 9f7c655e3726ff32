package dev.offramp.cli;

import dev.offramp.client.ModelInfo;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the demo measured.
 *
 * @param model the model that was served
 * @param sentences how many were sent a round
 * @param rounds how many rounds
 * @param inFlight requests in flight where throughput was measured
 * @param tiers one a tier, without cache, {@code full} first
 * @param warm the boldest tier again, answered from the cache
 */
record DemoReport(
    ModelInfo model, int sentences, int rounds, int inFlight, List<TierLoad> tiers, TierLoad warm) {

  /** The numbers as a table with the words that it needs. */
  String table() {
    var table =
        new TextTable(
            "tier",
            "accuracy",
            "mean exit depth",
            "layer speed-up",
            "wall speed-up",
            "p50 ms",
            "p99 ms",
            "requests/s");
    for (TierLoad tier : tiers) {
      table.row(cells(tier.tier().name(), tier));
    }
    table.row(cells("cache hits", warm));
    return table.render()
        + String.format(
            Locale.ROOT,
            """

            %d sentences, %d rounds, tiers taking turns. Accuracy is on these sentences.
            Latency: one request at a time, seen by the client. Requests/s: %d in flight, the median round.
            Wall speed-up: a round's requests/s over those of tier full in the same round, the median.
            Client and server share %d cores.
            Cache hits: the traces of tier full answer tier %s; %.0f %% hits.
            """,
            sentences,
            rounds,
            inFlight,
            Runtime.getRuntime().availableProcessors(),
            warm.tier().name(),
            100 * warm.hitShare());
  }

  /** The same numbers for JSON. */
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("tiers", tiers.stream().map(tier -> numbers(tier.tier().name(), tier)).toList());
    Map<String, Object> cache = numbers(warm.tier().name(), warm);
    cache.put("hitShare", warm.hitShare());
    json.put("cache", cache);
    json.put(
        "model",
        Map.of(
            "name", model.name(),
            "version", model.version(),
            "layers", model.layers(),
            "target", model.target().id()));
    json.put("sentences", sentences);
    json.put("rounds", rounds);
    json.put("inFlight", inFlight);
    json.put("host", Host.describe());
    return json;
  }

  private String[] cells(String name, TierLoad tier) {
    return new String[] {
      name,
      format("%.1f %%", 100 * tier.accuracy()),
      format("%.2f", tier.meanExitDepth()),
      format("%.2fx", tier.layerSpeedup()),
      format("%.2fx", wallSpeedup(tier)),
      format("%.2f", tier.latencyMillis(50)),
      format("%.2f", tier.latencyMillis(99)),
      format("%.0f", tier.medianThroughput())
    };
  }

  private Map<String, Object> numbers(String name, TierLoad tier) {
    var numbers = new LinkedHashMap<String, Object>();
    numbers.put("name", name);
    numbers.put("accuracy", tier.accuracy());
    numbers.put("meanExitDepth", tier.meanExitDepth());
    numbers.put("layerSpeedup", tier.layerSpeedup());
    numbers.put("wallSpeedup", wallSpeedup(tier));
    numbers.put("p50Millis", tier.latencyMillis(50));
    numbers.put("p99Millis", tier.latencyMillis(99));
    numbers.put("throughputPerSecond", tier.medianThroughput());
    return numbers;
  }

  /* Each round's throughput against that of full in the same round: drift falls out. */
  private double wallSpeedup(TierLoad tier) {
    List<Double> own = tier.throughputs();
    List<Double> full = tiers.getFirst().throughputs();
    double[] ratios = new double[own.size()];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = own.get(round) / full.get(round);
    }
    Arrays.sort(ratios);
    return ratios[ratios.length / 2];
  }

  private static String format(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
