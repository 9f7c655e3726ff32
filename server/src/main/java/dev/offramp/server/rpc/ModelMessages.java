package dev.offramp.server.rpc;

import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.server.audit.Drift;
import dev.offramp.server.audit.TierHealth;
import dev.offramp.server.audit.TierWatch;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.server.wire.RuleMessages;
import dev.offramp.v1.Certificate;
import dev.offramp.v1.Curve;
import dev.offramp.v1.CurvePoint;
import dev.offramp.v1.Model;
import dev.offramp.v1.Target;
import dev.offramp.v1.Tier;
import java.util.List;

/** Served models on the wire. */
final class ModelMessages {

  /** All models, by name. */
  static List<Model> write(Catalog catalog, TierWatch watch) {
    return catalog.byName().stream()
        .map(model -> write(model, watch).addAllVersionLabels(catalog.labelsOf(model)).build())
        .toList();
  }

  private static Model.Builder write(ServedModel served, TierWatch watch) {
    Manifest manifest = served.manifest();
    TargetEntry target = served.target().target();
    var model =
        Model.newBuilder()
            .setName(manifest.name())
            .setVersion(manifest.version())
            .addAllLabels(manifest.config().labels())
            .setLayers(manifest.config().layers())
            .setHiddenSize(manifest.config().hiddenSize())
            .setMaxTokens(manifest.config().maxPositions())
            .setVocabularySize(manifest.config().vocabSize())
            .setTarget(
                Target.newBuilder()
                    .setId(target.id())
                    .setPrecision(target.precision().id())
                    .addAllRequires(target.requires())
                    .setReason(served.target().reason()));
    manifest.tiers().tiers().forEach(tier -> model.addTiers(write(tier, served, watch)));
    manifest.tiers().curves().forEach(curve -> model.addCurves(write(curve)));
    return model;
  }

  private static Tier write(dev.offramp.model.tier.Tier tier, ServedModel served, TierWatch watch) {
    TierHealth health =
        watch.health(new AuditedTier(served.name(), served.calibratedVersion(), tier.name()));
    var message =
        Tier.newBuilder()
            .setName(tier.name())
            .setLayerSpeedup(tier.layerSpeedup())
            .setAgreement(tier.agreement())
            .setAudits(health.audits().audits())
            .setDisagreements(health.audits().disagreements())
            .setDisagreementLower(health.disagreement().low())
            .setDisagreementUpper(health.disagreement().high())
            .setDriftAlarm(health.alarm());
    RuleMessages.write(tier.rule()).ifPresent(message::setExitRule);
    health.drift().flatMap(Drift::servedAs).ifPresent(message::setServedAs);
    tier.certificate().ifPresent(certificate -> message.setCertificate(write(certificate, served)));
    return message.build();
  }

  private static Certificate write(
      dev.offramp.model.tier.Certificate certificate, ServedModel served) {
    return Certificate.newBuilder()
        .setEps(certificate.eps())
        .setDelta(certificate.delta())
        .setTexts(certificate.n())
        .setUpperBound(certificate.upperBound())
        .setPrecision(certificate.precision())
        .setTextsSha256(certificate.textsSha256())
        .setHolds(served.honours(certificate))
        .build();
  }

  private static Curve write(dev.offramp.model.tier.Curve curve) {
    var message =
        Curve.newBuilder()
            .setSignal(RuleMessages.write(curve.signal()))
            .setTemperature(curve.temperature())
            .setMetricName(curve.metric());
    curve
        .points()
        .forEach(point ->
            message.addPoints(
                CurvePoint.newBuilder()
                    .setThreshold(point.threshold())
                    .setLayerSpeedup(point.layerSpeedup())
                    .setMetric(point.metric())
                    .setAgreement(point.agreement())
                    .setMeanExitDepth(point.meanExitDepth())));
    return message.build();
  }

  private ModelMessages() {}
}
