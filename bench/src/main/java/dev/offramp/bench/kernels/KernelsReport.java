package dev.offramp.bench.kernels;

import dev.offramp.cli.Host;
import dev.offramp.cli.TextTable;
import dev.offramp.model.artifact.Precision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code offramp bench kernels} measured.
 *
 * @param target the level that kernels were compiled for
 * @param peaks of each precision, 1e9 operations a second
 * @param bandwidths what reading a block again and again delivers, by the block's name, 1e9 bytes a
 *     second
 * @param oneDnn its version, empty if it was left out
 * @param kernels one a kernel, precision and batch
 */
record KernelsReport(
    String target,
    Map<Precision, Double> peaks,
    Map<String, Double> bandwidths,
    String oneDnn,
    List<KernelResult> kernels) {
  /** The kernels that a text passes in every layer. */
  private static final List<String> LAYER =
      List.of("qkv", "attention", "attention_output", "ffn_up", "ffn_down");

  KernelsReport {
    kernels = List.copyOf(kernels);
  }

  /**
   * The kernels of a layer one after the other.
   *
   * @param gops their operations over the sum of their times
   * @param fractionOfPeak the share of that time that the same operations take at their peaks
   */
  record Layer(
      String precision,
      int tokens,
      String sequences,
      double millis,
      double gops,
      double fractionOfPeak) {}

  /** Whole layers, for each precision and batch of which all kernels were measured. */
  List<Layer> layers() {
    var groups = new LinkedHashMap<String, List<KernelResult>>();
    for (KernelResult kernel : kernels) {
      if (LAYER.contains(kernel.name())) {
        groups
            .computeIfAbsent(kernel.precision() + kernel.tokens(), key -> new ArrayList<>())
            .add(kernel);
      }
    }
    var layers = new ArrayList<Layer>();
    for (List<KernelResult> group : groups.values()) {
      if (group.size() < LAYER.size()) {
        continue;
      }
      double micros = 0;
      double operations = 0;
      double microsAtPeak = 0;
      for (KernelResult kernel : group) {
        micros += kernel.micros();
        operations += kernel.gops() * kernel.micros();
        microsAtPeak += kernel.fractionOfPeak() * kernel.micros();
      }
      KernelResult first = group.getFirst();
      layers.add(
          new Layer(
              first.precision(),
              first.tokens(),
              first.sequences(),
              micros / 1e3,
              operations / micros,
              microsAtPeak / micros));
    }
    return layers;
  }

  /** The numbers for JSON. */
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("peaks", byId());
    json.put("kernels", kernels);
    json.put("layers", layers());
    json.put("readBandwidth", bandwidths);
    json.put("target", target);
    json.put("versions", oneDnn.isEmpty() ? Map.of() : Map.of("onednn", oneDnn));
    json.put("host", Host.describe());
    return json;
  }

  /** The numbers for a terminal. */
  String table() {
    var text = new StringBuilder();
    byId()
        .forEach((id, gops) ->
            text.append("peak     %-8s %7s GOP/s\n".formatted(id, number("%.1f", gops))));
    bandwidths.forEach((name, rate) ->
        text.append("read     %-8s %7s GB/s\n".formatted(name, number("%.1f", rate))));
    text.append('\n');
    var table = new TextTable(HEADER.toArray(String[]::new));
    kernels.forEach(kernel -> table.row(cells(kernel).toArray(String[]::new)));
    text.append(table.render()).append('\n');
    var whole = new TextTable(LAYER_HEADER.toArray(String[]::new));
    layers().forEach(layer -> whole.row(cells(layer).toArray(String[]::new)));
    return text.append(whole.render()).toString();
  }

  /** The numbers in Markdown, as docs/performance.md has them. */
  String markdown() {
    var text = new StringBuilder("Peaks of one core, measured in the same run: ");
    var peakTexts = new ArrayList<String>();
    byId().forEach((id, gops) -> peakTexts.add(id + number(" %.1f GOP/s", gops)));
    text.append(String.join(", ", peakTexts)).append(".\nReading: ");
    var readTexts = new ArrayList<String>();
    bandwidths.forEach((name, rate) -> readTexts.add(name + number(" %.1f GB/s", rate)));
    text.append(String.join(", ", readTexts)).append(".\n\n");
    for (String precision : kernels.stream().map(KernelResult::precision).distinct().toList()) {
      markdown(text, precision);
    }
    markdown(text, LAYER_HEADER, layers().stream().map(KernelsReport::cells).toList());
    return text.toString();
  }

  /** A row for each kernel of a precision, two columns for each batch. */
  private void markdown(StringBuilder text, String precision) {
    List<KernelResult> some =
        kernels.stream().filter(kernel -> kernel.precision().equals(precision)).toList();
    List<Integer> batches = some.stream().map(KernelResult::tokens).distinct().toList();
    var header = new ArrayList<>(List.of(precision));
    batches.forEach(tokens -> header.addAll(List.of(tokens + " tokens", "vs oneDNN")));
    header.add("max error");
    var rows = new ArrayList<List<String>>();
    for (String name : some.stream().map(KernelResult::name).distinct().toList()) {
      var row = new ArrayList<>(List.of(name));
      double error = 0;
      for (KernelResult kernel : some) {
        if (kernel.name().equals(name)) {
          row.add(
              "%s, %s"
                  .formatted(
                      number("%.1f", kernel.gops()),
                      number("%.1f %%", 100 * kernel.fractionOfPeak())));
          row.add(ratios(kernel));
          error = Math.max(error, kernel.maxError());
        }
      }
      row.add(number("%.1e", error));
      rows.add(row);
    }
    markdown(text, header, rows);
    text.append('\n');
  }

  private static String ratios(KernelResult kernel) {
    return kernel.oneDnnRatio() == null
        ? "-"
        : String.join(
            " / ",
            ratio(kernel.oneDnnRatio()),
            ratio(kernel.oneDnnFusedRatio()),
            ratio(kernel.oneDnnWholeRatio()));
  }

  private static String ratio(@Nullable Double ratio) {
    return ratio == null ? "-" : number("%.2fx", ratio);
  }

  private static final List<String> HEADER =
      List.of(
          "kernel",
          "precision",
          "tokens",
          "us",
          "GOP/s",
          "of peak",
          "GB/s",
          "max error",
          "oneDNN GOP/s",
          "vs oneDNN",
          "vs its fused",
          "vs the whole job");

  private static final List<String> LAYER_HEADER =
      List.of("layer", "tokens", "ms", "GOP/s", "of peak");

  private static List<String> cells(KernelResult kernel) {
    return List.of(
        kernel.name(),
        kernel.precision(),
        Integer.toString(kernel.tokens()),
        number("%.1f", kernel.micros()),
        number("%.1f", kernel.gops()),
        number("%.1f %%", 100 * kernel.fractionOfPeak()),
        number("%.1f", kernel.gigabytesPerSecond()),
        number("%.1e", kernel.maxError()),
        kernel.oneDnnGops() == null ? "-" : number("%.1f", kernel.oneDnnGops()),
        ratio(kernel.oneDnnRatio()),
        ratio(kernel.oneDnnFusedRatio()),
        ratio(kernel.oneDnnWholeRatio()));
  }

  private static List<String> cells(Layer layer) {
    return List.of(
        layer.precision(),
        layer.sequences(),
        number("%.2f", layer.millis()),
        number("%.1f", layer.gops()),
        number("%.1f %%", 100 * layer.fractionOfPeak()));
  }

  private static void markdown(StringBuilder text, List<String> header, List<List<String>> rows) {
    markdown(text, header);
    text.append("| --- ").append("| ---: ".repeat(header.size() - 1)).append("|\n");
    rows.forEach(row -> markdown(text, row));
  }

  private static void markdown(StringBuilder text, List<String> row) {
    text.append("| ").append(String.join(" | ", row)).append(" |\n");
  }

  private Map<String, Double> byId() {
    var byId = new LinkedHashMap<String, Double>();
    peaks.forEach((precision, gops) -> byId.put(precision.id(), gops));
    return byId;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
