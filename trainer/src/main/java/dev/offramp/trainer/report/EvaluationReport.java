package dev.offramp.trainer.report;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * All that an evaluation says of one checkpoint, derived from its traces.
 *
 * @param name the checkpoint's name, for people
 * @param evaluation the traces
 * @param metric what the curves measure
 * @param temperature the signals' on curves, in the difficulty inversion and the transfer
 * @param curves one a family of rules, in the order of {@link RuleKind}
 * @param exits one an exit, by depth
 * @param transfer one a signal
 */
public record EvaluationReport(
    String name,
    Evaluation evaluation,
    Metric metric,
    double temperature,
    List<MetricCurve> curves,
    List<ExitMeasures> exits,
    List<SignalTransfer> transfer) {

  /** The speed-ups at which curves are read. */
  public static final List<Double> READ_AT = List.of(2.0, 3.0, 4.0);

  /** Copies the lists. */
  public EvaluationReport {
    curves = List.copyOf(curves);
    exits = List.copyOf(exits);
    transfer = List.copyOf(transfer);
  }

  /**
   * Derives everything.
   *
   * @param temperature the signals'
   * @param points the most points on a curve
   */
  public static EvaluationReport of(
      String name, Evaluation evaluation, Metric metric, double temperature, int points) {
    if (points < 2) {
      throw new IllegalArgumentException("points: " + points + " (expected: >= 2)");
    }
    var table = new ExitTable(evaluation, metric, temperature);
    return new EvaluationReport(
        name,
        evaluation,
        metric,
        temperature,
        Arrays.stream(RuleKind.values()).map(kind -> table.curve(kind, points)).toList(),
        IntStream.rangeClosed(1, evaluation.layers())
            .mapToObj(depth -> ExitMeasures.of(evaluation, table, depth, temperature))
            .toList(),
        SignalTransfer.of(evaluation, temperature));
  }

  /** The same traces measured by another metric. */
  public EvaluationReport by(Metric other, int points) {
    return of(name, evaluation, other, temperature, points);
  }

  /** The curve of a family. */
  public MetricCurve curve(RuleKind kind) {
    return curves.stream().filter(curve -> curve.rule() == kind).findFirst().orElseThrow();
  }

  /** The metric under any rule. */
  public double metricUnder(ExitRule rule) {
    int[] depths =
        evaluation.traces().stream()
            .mapToInt(trace -> trace.exit(rule).orElseThrow().depth())
            .toArray();
    return new ExitTable(evaluation, metric, temperature).metric(depths);
  }

  /** Where texts leave at a layer speed-up by a signal; nothing if it is out of reach. */
  public Optional<DepthDistribution> depths(ExitSignal signal, double speedup) {
    return evaluation
        .atSpeedup(signal, temperature, speedup)
        .map(rule -> DepthDistribution.of(name, evaluation.outcome(rule).exits()));
  }

  /** A curve as files hold it: metric, full, curve, at, areaUnderCurve and areaTo. */
  public static Map<String, Object> numbers(MetricCurve curve) {
    var json = new LinkedHashMap<String, Object>();
    json.put("metric", curve.metric().id());
    json.put("rule", curve.rule().id());
    json.put("full", curve.full());
    json.put("curve", curve.points());
    var at = new LinkedHashMap<String, @Nullable Double>();
    READ_AT.forEach(speedup -> at.put(speedup.toString(), curve.at(speedup).orElse(null)));
    json.put("at", at);
    json.put("areaUnderCurve", curve.areaUnderCurve());
    json.put("areaTo", curve.areaTo());
    return json;
  }

  /** Everything as files hold it; the curve of {@code first} stands at the top. */
  public Map<String, Object> numbers(RuleKind first) {
    var json = new LinkedHashMap<String, Object>(numbers(curve(first)));
    json.put("name", name);
    json.put("temperature", temperature);
    json.put("texts", evaluation.traces().size());
    json.put("exits", exits);
    var all = new LinkedHashMap<String, Object>();
    curves.forEach(curve -> all.put(curve.rule().id(), numbers(curve)));
    json.put("curves", all);
    json.put("signals", transfer);
    return json;
  }

  /**
   * Lines of comma-separated values: every point of every curve, with a header; exits are counts of
   * texts by exit, with spaces between.
   */
  public static String csv(List<EvaluationReport> reports) {
    var lines = new ArrayList<String>();
    lines.add("checkpoint,rule,threshold,metric,value,layerSpeedup,meanDepth,exits");
    for (EvaluationReport report : reports) {
      for (MetricCurve curve : report.curves()) {
        for (CurvePoint point : curve.points()) {
          lines.add(
              String.join(
                  ",",
                  quoted(report.name()),
                  curve.rule().id(),
                  Double.toString(point.threshold()),
                  curve.metric().id(),
                  Double.toString(point.metric()),
                  Double.toString(point.layerSpeedup()),
                  Double.toString(point.meanDepth()),
                  point.exits().stream().map(String::valueOf).collect(Collectors.joining(" "))));
        }
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private static String quoted(String value) {
    return value.matches("[\\w .:/-]*") ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
