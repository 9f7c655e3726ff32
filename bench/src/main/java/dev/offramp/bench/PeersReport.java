package dev.offramp.bench;

import dev.offramp.bench.PeerComparison.Outcome;
import dev.offramp.cli.Host;
import dev.offramp.cli.TextTable;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code offramp bench peers} measured.
 *
 * @param config the model's shape
 * @param versions the version of each engine's library, by the engine's name
 * @param outcomes one a case
 */
record PeersReport(ModelConfig config, Map<String, String> versions, List<Outcome> outcomes) {

  /** The numbers as a table. */
  String table() {
    var table =
        new TextTable(
            "tokens",
            "engine",
            "precision",
            "threads",
            "rounds",
            "ms/layer",
            "best",
            "GFLOP/s",
            "time vs " + OfframpEngine.NAME);
    for (Outcome outcome : outcomes) {
      for (PeerResult result : outcome.results()) {
        table.row(
            result.tokens(),
            result.engine(),
            result.precision(),
            Integer.toString(result.threads()),
            Integer.toString(result.rounds()),
            format("%.2f", result.millisPerLayer()),
            format("%.2f", result.bestMillisPerLayer()),
            format("%.1f", result.gflops()),
            ratio(outcome, result));
      }
    }
    return table.render();
  }

  /** The same numbers for JSON. */
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("cases", outcomes.stream().flatMap(outcome -> outcome.results().stream()).toList());
    var differences = new LinkedHashMap<String, Object>();
    outcomes.forEach(o -> differences.put(o.tokens().toString(), o.maxDifference()));
    json.put("maxLogitDifference", differences);
    json.put(
        "model",
        Map.of(
            "layers", config.layers(),
            "hiddenSize", config.hiddenSize(),
            "heads", config.heads(),
            "intermediateSize", config.intermediateSize()));
    json.put("versions", versions);
    json.put("host", Host.describe());
    return json;
  }

  private static String ratio(Outcome outcome, PeerResult result) {
    return outcome.results().stream()
        .filter(other -> other.engine().equals(OfframpEngine.NAME))
        .map(offramp -> format("%.2f", result.millisPerLayer() / offramp.millisPerLayer()))
        .findFirst()
        .orElse("-");
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
