package dev.offramp.bench;

import dev.offramp.bench.PeerComparison.Outcome;
import dev.offramp.cli.Host;
import dev.offramp.cli.TextTable;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What {@code offramp bench peers} measured.
 *
 * @param config the model's shape
 * @param versions the version of each engine's library, by the engine's name
 * @param outcomes one a case
 * @param scaling the throughput of two workers over that of one; empty if it was not measured
 */
record PeersReport(
    ModelConfig config,
    Map<String, String> versions,
    List<Outcome> outcomes,
    OptionalDouble scaling) {

  /** A ratio that is reported: how many times as long as Offramp a peer takes on a case. */
  private record Ratio(String name, String tokens, String peer, String offramp) {}

  private static final List<Ratio> RATIOS =
      List.of(
          new Ratio("float32_8x32", "8x32", OnnxRuntimeEngine.NAME, "offramp"),
          new Ratio("float32_8x128", "8x128", OnnxRuntimeEngine.NAME, "offramp"),
          new Ratio("float32_sst2", "sst2", OnnxRuntimeEngine.NAME, "offramp"),
          new Ratio("bf16_8x128", "8x128", OnnxRuntimeEngine.NAME, "offramp-bf16"),
          new Ratio("int8_8x128", "8x128", OnnxRuntimeEngine.NAME, "offramp-int8"),
          new Ratio("int8_vs_ort_int8", "8x128", OnnxRuntimeEngine.INT8_NAME, "offramp-int8"),
          new Ratio("latency_1x32", "1x32", OnnxRuntimeEngine.NAME, "offramp"));

  /**
   * Medians of the rounds' own ratios of time, above 1 where Offramp is faster; and the scaling.
   * Those whose case or engines were left out are absent.
   */
  Map<String, Double> ratios() {
    var ratios = new LinkedHashMap<String, Double>();
    for (Ratio ratio : RATIOS) {
      outcomes.stream()
          .filter(outcome -> outcome.tokens().toString().equals(ratio.tokens()))
          .findFirst()
          .map(outcome -> outcome.timeRatio(ratio.peer(), ratio.offramp()))
          .ifPresent(value -> value.ifPresent(v -> ratios.put(ratio.name(), v)));
    }
    scaling.ifPresent(value -> ratios.put("scaling_two_cores", value));
    return ratios;
  }

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
    var text = new StringBuilder(table.render());
    if (!ratios().isEmpty()) {
      var times = new TextTable("ratio", "times");
      ratios().forEach((name, value) -> times.row(name, format("%.2f", value)));
      text.append('\n').append(times.render());
    }
    return text.toString();
  }

  /** The times as one table in Markdown, a row for each case and engine; then the ratios. */
  String markdown() {
    var text = new StringBuilder("| tokens | engine | ms/layer | GOP/s | logits off by |\n");
    text.append("| --- | --- | ---: | ---: | ---: |\n");
    for (Outcome outcome : outcomes) {
      for (PeerResult result : outcome.results()) {
        Float difference = outcome.differences().get(result.engine());
        text.append(
            "| %s | %s | %s | %s | %s |\n"
                .formatted(
                    result.tokens(),
                    result.engine(),
                    format("%.2f", result.millisPerLayer()),
                    format("%.1f", result.gflops()),
                    difference == null ? "-" : format("%.1e", difference)));
      }
    }
    text.append("\n| ratio | times |\n| --- | ---: |\n");
    ratios()
        .forEach(
            (name, value) -> text.append("| %s | %s |\n".formatted(name, format("%.2f", value))));
    return text.toString();
  }

  /** The same numbers for JSON. */
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("cases", outcomes.stream().flatMap(outcome -> outcome.results().stream()).toList());
    var differences = new LinkedHashMap<String, Object>();
    outcomes.forEach(o -> differences.put(o.tokens().toString(), o.maxDifference()));
    json.put("maxLogitDifference", differences);
    var byEngine = new LinkedHashMap<String, Object>();
    outcomes.forEach(o -> byEngine.put(o.tokens().toString(), o.differences()));
    json.put("logitDifferenceFromFloat32", byEngine);
    json.put("ratios", ratios());
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
