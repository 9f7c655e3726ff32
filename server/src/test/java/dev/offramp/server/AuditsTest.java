package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.audit.DriftPolicy;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.Arm;
import dev.offramp.v1.Better;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.Metric;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.RampPlan;
import dev.offramp.v1.Tier;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What audits find is counted, whether there are experiments or not. */
class AuditsTest extends AuditsFixture {

  @Test
  void classify_eachAnswerOfATierIsAudited_andEveryTierIsScoredOnIt() throws IOException {
    List<ClassifyRequest> texts = texts(TEXTS);
    Map<String, Integer> expected =
        Map.of(
            "full", 0,
            "x2", disputed(texts, "x2").size(),
            "x3", disputed(texts, "x3").size(),
            "risk0.1", disputed(texts, "risk0.1").size());
    System.out.println("disagreements of " + TEXTS + ": " + expected);
    assertThat(expected.get("x3")).as("or the test shows nothing").isPositive();
    assertThat(tier("full").getAudits()).isZero();
    restart(Optional.empty(), 1);
    for (ClassifyRequest text : texts) {
      calls.classify(text.toBuilder().setTier("x3"));
    }
    countsAre(TEXTS, expected);
    // Known texts, and calls that measure something.
    for (ClassifyRequest text : texts) {
      calls.classify(text.toBuilder().setTier("x2"));
      calls.classify(text.toBuilder().setTier("full").setBypassCache(true));
    }
    var twice = new HashMap<String, Integer>();
    expected.forEach((tier, count) -> twice.put(tier, 2 * count));
    countsAre(2 * TEXTS, twice);
  }

  @Test
  void classify_byARule_isNotAudited() throws IOException {
    restart(Optional.empty(), 1);
    ClassifyRequest text = texts(1).getFirst();
    calls.classify(
        text.toBuilder()
            .setExitRule(
                ExitRule.newBuilder().setPatience(PatienceRule.newBuilder().setPatience(1))));
    calls.classify(text.toBuilder().setTier("x3"));
    countsAre(1, Map.of("full", 0));
  }

  @Test
  void audits_withState_outliveTheServer() throws IOException {
    restart(state(), 1);
    List<ClassifyRequest> texts = texts(5);
    texts.forEach(text -> calls.classify(text.toBuilder().setTier("x3")));
    restart(state(), 0);
    countsAre(5, Map.of("full", 0));
  }

  @Test
  void tier_thatBreaksItsCertificate_raisesAnAlarm_andOthersDoNot() throws IOException {
    List<ClassifyRequest> disputed = disputed(texts(400), "risk0.1");
    assertThat(disputed).as("or the test shows nothing").isNotEmpty();
    restart(Optional.empty(), 1);
    assertThat(tier("risk0.1").getDriftAlarm()).isFalse();
    // Traffic of which the tier gets every text wrong.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          disputed.forEach(text -> calls.classify(text.toBuilder().setTier("x2")));
          return tier("risk0.1").getDriftAlarm();
        });
    assertThat(tier("risk0.1").getDisagreementLower()).isPositive();
    assertThat(tiers())
        .filteredOn(Tier::getDriftAlarm)
        .extracting(Tier::getName)
        .containsExactly("risk0.1");
  }

  @Test
  void tier_thatBreaksItsCertificate_byPolicyIsServedAsASaferOne_alsoAfterARestart()
      throws IOException {
    List<ClassifyRequest> texts = texts(400);
    List<ClassifyRequest> disputed = disputed(texts, "risk0.1");
    ClassifyRequest agreed =
        texts.stream().filter(text -> !disputed.contains(text)).findFirst().orElseThrow();
    stop();
    serve(TestSettings.of(TestSettings.of(state(), 1, artifact), DriftPolicy.MOVE_BACK));
    var experiments = ExperimentServiceGrpc.newBlockingStub(calls.channel());
    var _ =
        experiments.applyExperiment(
            ApplyExperimentRequest.newBuilder()
                .setExperiment(
                    Experiment.newBuilder()
                        .setName("e")
                        .setModel("sst2")
                        .addArms(Arm.newBuilder().setName("risk").setWeight(1).setTier("risk0.1"))
                        .addArms(Arm.newBuilder().setName("none").setWeight(0).setTier("full"))
                        .setRamp(
                            RampPlan.newBuilder()
                                .addSteps(0.9999)
                                .addSteps(1)
                                .setDwell(com.google.protobuf.Duration.newBuilder().setSeconds(1)))
                        .setMetric(
                            Metric.newBuilder()
                                .setName("conversion")
                                .setBetter(Better.BETTER_HIGHER)))
                .setWho("ann")
                .setWhy("test")
                .build());
    var change = ChangeRequest.newBuilder().setName("e").setWho("ann").setWhy("test").build();
    var _ = experiments.startExperiment(change);
    ClassifyResponse before = calls.classify(agreed.toBuilder().setTier("full").setUnit("user"));
    assertThat(before.getAppliedTier()).isEqualTo("risk0.1");
    assertThat(before.getMovedBack()).isFalse();
    assertThat(before.getExposureCounted()).isTrue();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          disputed.forEach(text -> calls.classify(text.toBuilder().setTier("x2")));
          return !tier("risk0.1").getServedAs().isEmpty();
        });
    isMovedBack(disputed.getFirst());
    var found = GetExperimentRequest.newBuilder().setName("e").build();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> experiments.getExperiment(found).getArms(0).getNotApplied().getDrift() == 1);
    assertThat(experiments.getExperiment(found).getArms(0).getExposures()).isEqualTo(1);
    assertThat(experiments.getExperiment(found).getRamp().getReason())
        .isEqualTo("audits refute the certificate of risk0.1");
    // What the state has says it again to the next server.
    stop();
    serve(TestSettings.of(TestSettings.of(state(), 0, artifact), DriftPolicy.MOVE_BACK));
    await().atMost(Duration.ofSeconds(60)).until(() -> tier("risk0.1").getDriftAlarm());
    isMovedBack(disputed.getFirst());
    stop();
    serve(state(), 0); // The policy to warn.
    await().atMost(Duration.ofSeconds(60)).until(() -> tier("risk0.1").getDriftAlarm());
    assertThat(tier("risk0.1").getServedAs()).isEmpty();
    assertThat(calls.classify(agreed.toBuilder().setTier("risk0.1")).getAppliedTier())
        .isEqualTo("risk0.1");
  }

  private void isMovedBack(ClassifyRequest text) {
    String safer = tier("risk0.1").getServedAs();
    assertThat(safer).isNotEqualTo("risk0.1");
    assertThat(tier(safer).getDriftAlarm()).isFalse();
    ClassifyResponse own = calls.classify(text.toBuilder().setTier("risk0.1"));
    assertThat(own.getTier()).isEqualTo("risk0.1");
    assertThat(own.getAppliedTier()).isEqualTo(safer);
    assertThat(own.getMovedBack()).isTrue();
    ClassifyResponse arm = calls.classify(text.toBuilder().setTier("full").setUnit("user"));
    assertThat(arm.getArm()).isEqualTo("risk");
    assertThat(arm.getAppliedTier()).isEqualTo(safer);
    assertThat(arm.getMovedBack()).isTrue();
    assertThat(arm.getExposureCounted()).isFalse();
  }
}
