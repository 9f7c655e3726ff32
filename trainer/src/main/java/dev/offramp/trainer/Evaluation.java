package dev.offramp.trainer;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.CurvePoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * A model's traces over some texts, from which every exit rule is judged without running the model
 * again.
 *
 * @param layers the model's layers {@code M}
 * @param names its classes, in the order of the logits
 * @param traces one full trace a text
 * @param labels each text's class, if known
 * @param cut how many texts were cut to the model's length
 */
public record Evaluation(
    int layers, List<String> names, List<Trace> traces, Optional<List<Integer>> labels, int cut) {

  /* Of a normal distribution's, 95 % lie within so many standard deviations of its mean. */
  private static final double NORMAL_95 = 1.96;

  public Evaluation {
    names = List.copyOf(names);
    traces = List.copyOf(traces);
    labels = labels.map(List::copyOf);
    if (traces.isEmpty()) {
      throw new IllegalArgumentException("traces: none (expected: at least one)");
    }
    int texts = traces.size();
    labels.ifPresent(known -> {
      if (known.size() != texts) {
        throw new IllegalArgumentException(
            "labels: %d (expected: %d, one a trace)".formatted(known.size(), texts));
      }
    });
  }

  /** The traces of a model of that config. */
  public Evaluation(
      ModelConfig config, List<Trace> traces, Optional<List<Integer>> labels, int cut) {
    this(config.layers(), config.labels(), traces, labels, cut);
  }

  /** The number of classes {@code C}. */
  public int classes() {
    return names.size();
  }

  /**
   * What a rule costs and gives.
   *
   * @param accuracy the share of texts answered rightly, if labels are known
   * @param agreement the share of texts answered as the full model answers them
   * @param meanExitDepth mean layers executed
   * @param layerSpeedup {@code sum M N_m / sum m N_m}, COSEE's measure
   * @param exits texts that left at each depth; index 0 is depth 1
   */
  public record Outcome(
      Optional<Double> accuracy,
      double agreement,
      double meanExitDepth,
      double layerSpeedup,
      List<Integer> exits) {
    public Outcome {
      exits = List.copyOf(exits);
    }

    /**
     * How far the mean depth of many more texts like these may be from {@link #meanExitDepth}, as a
     * share of it: half of the normal approximation's 95 % interval.
     */
    double depthError() {
      double squares = 0;
      double texts = 0;
      for (int depth = 1; depth <= exits.size(); depth++) {
        squares += exits.get(depth - 1) * Math.pow(depth - meanExitDepth, 2);
        texts += exits.get(depth - 1);
      }
      return NORMAL_95 * Math.sqrt(squares) / texts / meanExitDepth;
    }
  }

  /** What {@code rule} costs and gives over these texts. */
  public Outcome outcome(ExitRule rule) {
    rule.requireFits(classes());
    return outcome(trace -> trace.exit(rule).orElseThrow().depth());
  }

  /** What leaving always at one depth costs and gives: a plain model of that many layers. */
  public Outcome outcomeAtDepth(int depth) {
    if (depth < 1 || depth > layers) {
      throw new IllegalArgumentException("depth: %d (expected: 1 to %d)".formatted(depth, layers));
    }
    return outcome(trace -> depth);
  }

  private Outcome outcome(ToIntFunction<Trace> depthOf) {
    var exits = new Integer[layers];
    Arrays.fill(exits, 0);
    long depths = 0;
    int right = 0;
    int agreeing = 0;
    for (int i = 0; i < traces.size(); i++) {
      Trace trace = traces.get(i);
      int depth = depthOf.applyAsInt(trace);
      int label = trace.label(depth);
      exits[depth - 1]++;
      depths += depth;
      agreeing += label == trace.label(layers) ? 1 : 0;
      right += labels.isPresent() && labels.get().get(i) == label ? 1 : 0;
    }
    double texts = traces.size();
    Optional<Double> accuracy = labels.isPresent() ? Optional.of(right / texts) : Optional.empty();
    return new Outcome(
        accuracy, agreeing / texts, depths / texts, layers * texts / depths, Arrays.asList(exits));
  }

  /**
   * The curve of a signal's threshold, from never leaving early to always leaving first.
   *
   * @param metric what the curve measures
   * @param points how many thresholds to try, spread evenly over the texts' signals; those that
   *     make no difference are left out
   * @throws IllegalArgumentException if the metric is not defined for so many classes, or needs
   *     labels that are not known
   */
  public Curve curve(ExitSignal signal, double temperature, Metric metric, int points) {
    Checked.atLeast("points", points, 2);
    metric.requireFits(classes());
    List<Integer> truth = truth(metric);
    double[] thresholds = thresholds(signal, temperature);
    var curve = new ArrayList<CurvePoint>();
    double lastDepth = Double.NaN;
    for (int i = 0; i < points; i++) {
      int index = (int) Math.round((double) i * (thresholds.length - 1) / (points - 1));
      var rule = new ExitRule.Threshold(signal, thresholds[index], temperature);
      Outcome outcome = outcome(rule);
      if (outcome.meanExitDepth() != lastDepth) {
        curve.add(
            new CurvePoint(
                thresholds[index],
                metric.of(truth, predictions(rule), classes()),
                outcome.agreement(),
                outcome.meanExitDepth(),
                outcome.layerSpeedup()));
        lastDepth = outcome.meanExitDepth();
      }
    }
    return new Curve(signal, temperature, metric.id(), curve);
  }

  /**
   * What a metric holds predictions against: the labels, or what the full model says.
   *
   * @throws IllegalArgumentException if the metric needs labels that are not known
   */
  public List<Integer> truth(Metric metric) {
    if (metric == Metric.AGREEMENT) {
      return traces.stream().map(trace -> trace.label(layers)).toList();
    }
    return labels.orElseThrow(() ->
        new IllegalArgumentException(
            "metric: %s (expected: agreement, since the texts have no labels)"
                .formatted(metric.id())));
  }

  private int[] predictions(ExitRule rule) {
    return traces.stream()
        .mapToInt(trace -> trace.label(trace.exit(rule).orElseThrow().depth()))
        .toArray();
  }

  /**
   * The safest threshold whose layer speed-up over these texts is at least {@code speedup}.
   *
   * @return nothing when even leaving always at the first exit is too slow
   */
  public Optional<ExitRule.Threshold> atSpeedup(
      ExitSignal signal, double temperature, double speedup) {
    double[] thresholds = thresholds(signal, temperature);
    int low = 0;
    int high = thresholds.length; // The answer's index lies in [low, high].
    while (low < high) {
      int middle = (low + high) >>> 1;
      var rule = new ExitRule.Threshold(signal, thresholds[middle], temperature);
      if (outcome(rule).layerSpeedup() >= speedup) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == thresholds.length
        ? Optional.empty()
        : Optional.of(new ExitRule.Threshold(signal, thresholds[low], temperature));
  }

  /**
   * All thresholds of a signal that tell these texts apart, from safest to boldest: one between any
   * two neighbouring signals, where an engine's last bits decide nothing, and the ends of the
   * range.
   */
  public double[] thresholds(ExitSignal signal, double temperature) {
    double[] values =
        traces.stream()
            .flatMapToDouble(trace ->
                IntStream.range(1, layers)
                    .mapToDouble(depth -> trace.signal(depth, signal, temperature)))
            .sorted()
            .distinct()
            .toArray();
    double least = signal.least(classes());
    double greatest = signal.greatest();
    var thresholds = new double[values.length + 1];
    thresholds[0] = least;
    for (int i = 1; i < values.length; i++) {
      thresholds[i] = (values[i - 1] + values[i]) / 2;
    }
    thresholds[values.length] = greatest;
    boolean lowIsSure = signal.passes(least, greatest);
    return lowIsSure
        ? thresholds
        : IntStream.range(0, thresholds.length)
            .mapToDouble(i -> thresholds[thresholds.length - 1 - i])
            .toArray();
  }
}
