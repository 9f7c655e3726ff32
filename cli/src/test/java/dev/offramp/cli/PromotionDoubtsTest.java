package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ArmAnalysis;
import dev.offramp.v1.Difference;
import dev.offramp.v1.GuardrailState;
import dev.offramp.v1.MetricAnalysis;
import dev.offramp.v1.SampleRatioTest;
import dev.offramp.v1.Verdict;
import org.junit.jupiter.api.Test;

class PromotionDoubtsTest {

  private static MetricAnalysis metric(String name, Verdict verdict, GuardrailState guardrail) {
    return MetricAnalysis.newBuilder()
        .setName(name)
        .setDifference(Difference.newBuilder().setVerdict(verdict))
        .setGuardrail(guardrail)
        .build();
  }

  private static AnalyzeExperimentResponse.Builder found(Verdict verdict, GuardrailState state) {
    return AnalyzeExperimentResponse.newBuilder()
        .addArms(
            ArmAnalysis.newBuilder()
                .setArm("control")
                .addMetrics(MetricAnalysis.newBuilder().setName("conversion")))
        .addArms(
            ArmAnalysis.newBuilder()
                .setArm("bold")
                .addMetrics(
                    metric("conversion", verdict, GuardrailState.GUARDRAIL_STATE_UNSPECIFIED))
                .addMetrics(metric("complaint", Verdict.VERDICT_KEEP_GOING, state)));
  }

  @Test
  void of_whatCountsSpeakFor_isNoDoubt() {
    for (Verdict good : new Verdict[] {Verdict.VERDICT_BETTER, Verdict.VERDICT_NO_DIFFERENCE}) {
      var found = found(good, GuardrailState.GUARDRAIL_STATE_KEPT).build();
      assertThat(PromotionDoubts.of(found, "bold")).isEmpty();
    }
  }

  @Test
  void of_theFirstArm_isNoDoubt() {
    var found = found(Verdict.VERDICT_WORSE, GuardrailState.GUARDRAIL_STATE_BROKEN).build();
    assertThat(PromotionDoubts.of(found, "control")).isEmpty();
  }

  @Test
  void of_worseArm_saysBothWhatIsWorseAndWhatIsBroken() {
    var found = found(Verdict.VERDICT_WORSE, GuardrailState.GUARDRAIL_STATE_BROKEN).build();
    assertThat(PromotionDoubts.of(found, "bold"))
        .containsExactly("bold is worse by conversion", "bold breaks the guardrail complaint");
  }

  @Test
  void of_unsettledArm_saysWhatIsNotSettled() {
    var found =
        found(Verdict.VERDICT_KEEP_GOING, GuardrailState.GUARDRAIL_STATE_UNDECIDED)
            .setSampleRatio(SampleRatioTest.newBuilder().setMismatch(true))
            .addWarnings("arm bold: another version is served")
            .build();
    assertThat(PromotionDoubts.of(found, "bold"))
        .containsExactly(
            "arms did not get their shares of units, so nothing is known of differences",
            "bold: of conversion nothing is settled yet (expected: better, or no difference within"
                + " the margin)",
            "bold: whether it keeps the guardrail complaint is not settled yet",
            "arm bold: another version is served");
  }
}
