package dev.offramp.client;

import java.util.List;
import java.util.Optional;

/**
 * A model that the server answers for.
 *
 * @param labels in the order of logits and probabilities
 * @param layers layers, each with an exit behind it
 * @param maxTokens the longest input, special tokens included
 * @param tiers slowest first, {@code full} among them
 * @param curves what calibration measured, one a signal
 * @param target the compiled code that the server runs
 * @param versionLabels the labels that point at this version, such as {@code stable}
 */
public record ModelInfo(
    String name,
    String version,
    List<String> labels,
    int layers,
    int maxTokens,
    List<TierInfo> tiers,
    List<Curve> curves,
    Target target,
    List<String> versionLabels) {

  public ModelInfo {
    labels = List.copyOf(labels);
    tiers = List.copyOf(tiers);
    curves = List.copyOf(curves);
    versionLabels = List.copyOf(versionLabels);
  }

  /**
   * A tier and what calibration measured for it.
   *
   * @param layerSpeedup layers of the full model over layers executed
   * @param agreement the share of texts on which it said what the full model says
   * @param certificate what it promises, if anything
   * @param audits what it did on live traffic
   */
  public record TierInfo(
      Tier tier,
      double layerSpeedup,
      double agreement,
      Optional<Certificate> certificate,
      Audits audits) {}

  /**
   * What a tier did on texts that the server ran on to full depth once they were answered.
   *
   * @param count how many there were
   * @param disagreements those that got another label than from the full model
   * @param lower a bound below which the share of such texts is not; with the upper one at every
   *     look, but with probability 0.05
   * @param upper a bound above which it is not
   * @param driftAlarm whether they refute the tier's certificate
   * @param servedAs the safer tier that is applied in its place since; empty: itself
   */
  public record Audits(
      long count,
      long disagreements,
      double lower,
      double upper,
      boolean driftAlarm,
      Optional<Tier> servedAs) {}

  /**
   * A tier's promise: with probability {@code 1 - delta} over the choice of the calibration texts,
   * at most the share {@code eps} of texts like them gets another label than from the full model.
   *
   * @param texts how many calibration texts there were
   * @param upperBound the upper confidence bound of the share, at most {@code eps}
   * @param precision the arithmetic in which they were answered
   * @param textsSha256 SHA-256 of the calibration file, in hexadecimal
   * @param holds whether the promise is about what the server runs: the same checkpoint in the same
   *     arithmetic; if not, the tier's rule is applied all the same, and nothing is promised
   */
  public record Certificate(
      double eps,
      double delta,
      int texts,
      double upperBound,
      String precision,
      String textsSha256,
      boolean holds) {}

  /**
   * Metric against layer speed-up as the signal's threshold moves.
   *
   * @param points by rising speed-up
   */
  public record Curve(Signal signal, double temperature, String metricName, List<Point> points) {
    public Curve {
      points = List.copyOf(points);
    }

    /** One threshold's place on the curve. */
    public record Point(
        double threshold,
        double layerSpeedup,
        double metric,
        double agreement,
        double meanExitDepth) {}
  }

  /**
   * Compiled kernels for one kind of machine and precision.
   *
   * @param reason why the server chose it on its host
   */
  public record Target(String id, String precision, String reason) {}
}
