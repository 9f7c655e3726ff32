package dev.offramp.server.admin;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.SampleRatio;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the counts of an experiment say, as the values of templates. */
final class AnalysisViews {

  /** Whether units are split as planned, in a sentence without its end. */
  static String sampleRatio(Analysis analysis) {
    if (analysis.sampleRatio().isEmpty()) {
      return "There are not two arms with a weight to compare";
    }
    SampleRatio ratio = analysis.sampleRatio().get();
    if (ratio.isEarly()) {
      return "There are too few units yet to say whether they are split as planned";
    }
    return (ratio.isMismatch()
            ? "Units are not split as planned: rely on nothing else here, "
            : "Units are split as planned, ")
        + "p = "
        + Numbers.of(ratio.anytimeP());
  }

  /** A row an arm. */
  static List<Map<String, Object>> arms(ExperimentStatus status, Analysis analysis) {
    var rows = new ArrayList<Map<String, Object>>();
    for (ArmAnalysis said : analysis.arms()) {
      Arm arm = status.experiment().arm(said.arm()).orElseThrow();
      ArmTotals totals = said.totals();
      var values = new HashMap<String, Object>();
      values.put("name", arm.name());
      values.put("treatment", treatment(arm.treatment()));
      values.put("stopped", status.arms().isStopped(arm.name()));
      values.put("notApplied", Numbers.count(notApplied(totals)));
      values.put("weight", Numbers.percent(arm.weight()));
      values.put("units", Numbers.count(totals.units()));
      values.put(
          "exposures", Numbers.count(totals.depths().values().stream().mapToLong(n -> n).sum()));
      values.put("speedup", said.layerSpeedup().map(Numbers::of).orElse("–"));
      values.put("p50", said.latencyP50().map(Numbers::of).orElse("–"));
      values.put("p99", said.latencyP99().map(Numbers::of).orElse("–"));
      values.put("audits", Numbers.count(said.disagreement().audits()));
      values.put(
          "disagreement",
          said.disagreement()
              .rate()
              .map(rate ->
                  Numbers.percent(rate.value()) + " (" + Numbers.percent(rate.interval()) + ")")
              .orElse("–"));
      rows.add(values);
    }
    return rows;
  }

  private static long notApplied(ArmTotals totals) {
    return Arrays.stream(Event.Why.values()).mapToLong(why -> totals.count(why.kind())).sum();
  }

  private static String treatment(Treatment treatment) {
    return switch (treatment) {
      case Treatment.ByTier(String tier) -> "tier " + tier;
      case Treatment.ByRule(var rule) -> rule.toString();
      case Treatment.ByVersion(String version) -> "version " + version;
    };
  }

  /** One chart and table a measure: every arm's difference to the first. */
  static List<Map<String, Object>> questions(ExperimentStatus status, Analysis analysis) {
    boolean over = status.state().isOver();
    var byMeasure = new LinkedHashMap<String, Map<String, Differences.Known>>();
    for (ArmAnalysis arm : analysis.arms()) {
      Differences.of(arm)
          .forEach((measure, known) ->
              byMeasure.computeIfAbsent(measure, _ -> new LinkedHashMap<>()).put(arm.arm(), known));
    }
    var questions = new ArrayList<Map<String, Object>>();
    byMeasure.forEach((measure, arms) -> {
      var known = new ArrayList<Charts.Known>();
      var rows = new ArrayList<Map<String, Object>>();
      arms.forEach((arm, found) -> {
        known.add(new Charts.Known(arm, found.difference().estimate()));
        rows.add(row(arm, found, over));
      });
      questions.add(
          Map.of(
              "measure",
              measure,
              "chart",
              Charts.intervals(known),
              "rows",
              rows,
              "guarded",
              arms.values().stream().anyMatch(found -> found.guardrail().isPresent())));
    });
    return questions;
  }

  private static Map<String, Object> row(String arm, Differences.Known known, boolean over) {
    var decision = known.difference().decision();
    return Map.of(
        "arm",
        arm,
        "n",
        Numbers.count(known.n()),
        "difference",
        Numbers.of(known.difference().estimate()),
        "verdict",
        decision.map(said -> verdict(said, over)).orElse("–"),
        "tone",
        decision.map(AnalysisViews::tone).orElse("open"),
        "guardrail",
        known.guardrail().map(AnalysisViews::guardrail).orElse("–"),
        "guardrailTone",
        known.guardrail().map(AnalysisViews::tone).orElse("open"));
  }

  private static String guardrail(Guardrail.State state) {
    return switch (state) {
      case BROKEN -> "broken";
      case KEPT -> "kept";
      case OPEN -> "undecided";
    };
  }

  private static String tone(Guardrail.State state) {
    return switch (state) {
      case BROKEN -> "bad";
      case KEPT -> "good";
      case OPEN -> "open";
    };
  }

  private static String verdict(Decision decision, boolean over) {
    return switch (decision.verdict()) {
      case BETTER -> "better";
      case WORSE -> "worse";
      case NO_DIFFERENCE -> "no difference that matters";
      case KEEP_GOING ->
          over
              ? "not settled"
              : decision.stillNeeded().isPresent()
                  ? "keep going, about "
                      + Numbers.count(decision.stillNeeded().getAsLong())
                      + " more"
                  : "keep going";
    };
  }

  private static String tone(Decision decision) {
    return switch (decision.verdict()) {
      case BETTER, NO_DIFFERENCE -> "good";
      case WORSE -> "bad";
      case KEEP_GOING -> "open";
    };
  }

  private AnalysisViews() {}
}
