package dev.offramp.client;

import com.google.protobuf.Timestamp;
import dev.offramp.v1.CacheStatus;
import dev.offramp.v1.Certificate;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.CurvePoint;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.Model;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.Priority;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.TextPair;
import dev.offramp.v1.ThresholdRule;
import dev.offramp.v1.TokenIds;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Translates between the SDK's types and the protocol's. */
final class Wire {

  static ClassifyRequest request(Query query) {
    var request =
        ClassifyRequest.newBuilder()
            .setModel(query.model())
            .setModelVersion(query.version())
            .setTruncate(query.truncate())
            .setBypassCache(query.bypassCache());
    switch (query.input()) {
      case Input.Text(String text) -> request.setText(text);
      case Input.TextPair(String first, String second) ->
          request.setTextPair(TextPair.newBuilder().setFirst(first).setSecond(second));
      case Input.TokenIds(List<Integer> ids) ->
          request.setTokenIds(TokenIds.newBuilder().addAllIds(ids));
    }
    switch (query.exit()) {
      case Tier(String name) -> request.setTier(name);
      case Exit.Threshold(Signal signal, double threshold, double temperature) ->
          request.setExitRule(
              ExitRule.newBuilder()
                  .setThreshold(
                      ThresholdRule.newBuilder()
                          .setSignal(signal(signal))
                          .setThreshold(threshold)
                          .setTemperature(temperature)));
      case Exit.Patience(int agreements) ->
          request.setExitRule(
              ExitRule.newBuilder().setPatience(PatienceRule.newBuilder().setPatience(agreements)));
    }
    if (query.timeout() != null) {
      request.setTimeout(
          com.google.protobuf.Duration.newBuilder()
              .setSeconds(query.timeout().toSeconds())
              .setNanos(query.timeout().toNanosPart()));
    }
    request.setPriority(
        switch (query.priority()) {
          case HIGH -> Priority.PRIORITY_HIGH;
          case NORMAL -> Priority.PRIORITY_NORMAL;
          case LOW -> Priority.PRIORITY_LOW;
        });
    query.bounds().minTier().ifPresent(tier -> request.setMinTier(tier.name()));
    query.bounds().maxDisagreement().ifPresent(request::setMaxDisagreement);
    Query.Subject subject = query.subject();
    return request
        .setUnit(subject.unit())
        .putAllMetadata(subject.metadata())
        .setRequestId(subject.requestId())
        .setNoExperiment(subject.withoutExperiment())
        .build();
  }

  static ReportOutcomeRequest request(Outcome outcome) {
    var request =
        ReportOutcomeRequest.newBuilder()
            .setName(outcome.name())
            .setValue(outcome.value())
            .setReportId(outcome.reportId());
    switch (outcome.subject()) {
      case Outcome.Subject.Unit(String unit) -> request.setUnit(unit);
      case Outcome.Subject.Request(String id) -> request.setRequestId(id);
    }
    outcome
        .at()
        .ifPresent(at ->
            request.setAt(
                Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano())));
    return request.build();
  }

  private static Optional<String> optional(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  static Answer answer(ClassifyResponse response) {
    var timing = response.getTiming();
    return new Answer(
        response.getLabel(),
        response.getLabelIndex(),
        response.getProbabilitiesList(),
        response.getLogitsList(),
        response.getExitDepth(),
        response.getLayers(),
        switch (response.getExitReason()) {
          case EXIT_REASON_THRESHOLD -> Answer.ExitReason.THRESHOLD;
          case EXIT_REASON_PATIENCE -> Answer.ExitReason.PATIENCE;
          case EXIT_REASON_LAST_EXIT -> Answer.ExitReason.LAST_EXIT;
          case EXIT_REASON_DEADLINE -> Answer.ExitReason.DEADLINE;
          case EXIT_REASON_UNSPECIFIED, UNRECOGNIZED -> Answer.ExitReason.OTHER;
        },
        rule(response.getExitRule()),
        optional(response.hasSignalValue(), response.getSignalValue()),
        response.getTokens(),
        response.getTruncated(),
        response.getCacheStatus() == CacheStatus.CACHE_STATUS_HIT,
        new Answer.Timing(
            Duration.ofNanos(timing.getTotalNanos()),
            Duration.ofNanos(timing.getTokenizeNanos()),
            Duration.ofNanos(timing.getQueueNanos()),
            Duration.ofNanos(timing.getComputeNanos())),
        response.getModel(),
        response.getModelVersion(),
        response.getAppliedTier().isEmpty()
            ? Optional.empty()
            : Optional.of(Tier.of(response.getAppliedTier())),
        response.getBrownedOut(),
        response.getMovedBack(),
        response.getRequestId(),
        optional(response.getExperiment()),
        optional(response.getArm()),
        response.getExposureCounted());
  }

  static ModelInfo model(Model model) {
    return new ModelInfo(
        model.getName(),
        model.getVersion(),
        model.getLabelsList(),
        model.getLayers(),
        model.getMaxTokens(),
        model.getTiersList().stream()
            .map(tier ->
                new ModelInfo.TierInfo(
                    Tier.of(tier.getName()),
                    tier.getLayerSpeedup(),
                    tier.getAgreement(),
                    tier.hasCertificate()
                        ? Optional.of(certificate(tier.getCertificate()))
                        : Optional.empty(),
                    new ModelInfo.Audits(
                        tier.getAudits(),
                        tier.getDisagreements(),
                        tier.getDisagreementLower(),
                        tier.getDisagreementUpper(),
                        tier.getDriftAlarm(),
                        tier.getServedAs().isEmpty()
                            ? Optional.empty()
                            : Optional.of(Tier.of(tier.getServedAs())))))
            .toList(),
        model.getCurvesList().stream().flatMap(curve -> curve(curve).stream()).toList(),
        new ModelInfo.Target(
            model.getTarget().getId(),
            model.getTarget().getPrecision(),
            model.getTarget().getReason()),
        model.getVersionLabelsList());
  }

  private static ModelInfo.Certificate certificate(Certificate certificate) {
    return new ModelInfo.Certificate(
        certificate.getEps(),
        certificate.getDelta(),
        certificate.getTexts(),
        certificate.getUpperBound(),
        certificate.getPrecision(),
        certificate.getTextsSha256(),
        certificate.getHolds());
  }

  /** The rule, or none where there is none or it is newer than this client. */
  private static Optional<Exit> rule(ExitRule rule) {
    return switch (rule.getKindCase()) {
      case THRESHOLD ->
          signal(rule.getThreshold().getSignal())
              .map(signal ->
                  new Exit.Threshold(
                      signal,
                      rule.getThreshold().getThreshold(),
                      rule.getThreshold().getTemperature()));
      case PATIENCE -> Optional.of(Exit.patience(rule.getPatience().getPatience()));
      case KIND_NOT_SET -> Optional.empty();
    };
  }

  /** The curve, or none where its signal is newer than this client. */
  private static List<ModelInfo.Curve> curve(dev.offramp.v1.Curve curve) {
    return signal(curve.getSignal()).map(signal -> curve(signal, curve)).stream().toList();
  }

  private static ModelInfo.Curve curve(Signal signal, dev.offramp.v1.Curve curve) {
    return new ModelInfo.Curve(
        signal,
        curve.getTemperature(),
        curve.getMetricName(),
        curve.getPointsList().stream().map(Wire::point).toList());
  }

  private static ModelInfo.Curve.Point point(CurvePoint point) {
    return new ModelInfo.Curve.Point(
        point.getThreshold(),
        point.getLayerSpeedup(),
        point.getMetric(),
        point.getAgreement(),
        point.getMeanExitDepth());
  }

  private static dev.offramp.v1.Signal signal(Signal signal) {
    return switch (signal) {
      case ENERGY -> dev.offramp.v1.Signal.SIGNAL_ENERGY;
      case ENTROPY -> dev.offramp.v1.Signal.SIGNAL_ENTROPY;
      case LABEL_SCORE -> dev.offramp.v1.Signal.SIGNAL_LABEL_SCORE;
    };
  }

  /** The signal, or none where it is newer than this client. */
  private static Optional<Signal> signal(dev.offramp.v1.Signal signal) {
    return switch (signal) {
      case SIGNAL_ENERGY -> Optional.of(Signal.ENERGY);
      case SIGNAL_ENTROPY -> Optional.of(Signal.ENTROPY);
      case SIGNAL_LABEL_SCORE -> Optional.of(Signal.LABEL_SCORE);
      case SIGNAL_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
    };
  }

  private static OptionalDouble optional(boolean present, double value) {
    return present ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  private Wire() {}
}
