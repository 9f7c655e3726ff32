package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.audit.DriftPolicy;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.AnalyzeExperimentRequest;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmAnalysis;
import dev.offramp.v1.Better;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.Difference;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.Metric;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.RampPlan;
import dev.offramp.v1.Tier;
import dev.offramp.v1.UnitKind;
import dev.offramp.v1.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Audits of a whole server; only the kernels are the plain Java ones. What they must find, answers
 * at full depth say.
 */
@Timeout(120)
class AuditsTest {

  private static final int TEXTS = 40;
  private static final long SEED = 11;

  @TempDir private Path temporary;

  private Path artifact;
  private OfframpServer server;
  private Calls calls;

  /** Without audits. */
  @BeforeEach
  void serve() throws IOException {
    artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    serve(TestSettings.of(Optional.empty(), 0, artifact));
  }

  private void serve(Optional<StateSettings> state, double share) throws IOException {
    serve(TestSettings.of(state, share, artifact));
  }

  private void serve(ServerSettings settings) throws IOException {
    server = OfframpServer.start(settings, TestArtifacts.REFERENCE);
    calls = new Calls(server.port());
  }

  private void restart(Optional<StateSettings> state, double share) throws IOException {
    stop(); // Audits under way are done first.
    serve(state, share);
  }

  private Optional<StateSettings> state() {
    return Optional.of(
        new StateSettings(
            temporary.resolve("state"),
            Optional.empty(),
            Duration.ofMillis(100),
            Duration.ofMillis(20)));
  }

  @AfterEach
  void stop() {
    calls.close();
    server.close();
  }

  /** Token sequences, none of them twice. */
  static List<ClassifyRequest> texts(int count) {
    System.out.println("seed " + SEED);
    var random = new Random(SEED);
    var texts = new ArrayList<ClassifyRequest>();
    for (int i = 0; i < count; i++) {
      var text = ClassifyRequest.newBuilder();
      text.getTokenIdsBuilder().addIds(2);
      for (int t = 0; t < 3 + i % 5; t++) {
        text.getTokenIdsBuilder().addIds(5 + random.nextInt(90));
      }
      text.getTokenIdsBuilder().addIds(3);
      texts.add(text.build());
    }
    return texts;
  }

  private String label(ClassifyRequest text, String tier) {
    return calls.classify(text.toBuilder().setTier(tier)).getLabel();
  }

  /** Texts that a tier labels otherwise than the full model, as its answers say. */
  private List<ClassifyRequest> disputed(List<ClassifyRequest> texts, String tier) {
    return texts.stream().filter(text -> !label(text, tier).equals(label(text, "full"))).toList();
  }

  private List<Tier> tiers() {
    return calls
        .stub()
        .listModels(ListModelsRequest.getDefaultInstance())
        .getModels(0)
        .getTiersList();
  }

  private Tier tier(String name) {
    return tiers().stream().filter(tier -> tier.getName().equals(name)).findFirst().orElseThrow();
  }

  private void countsAre(int audits, Map<String, Integer> disagreements) {
    await().atMost(Duration.ofSeconds(60)).until(() -> tier("full").getAudits() == audits);
    disagreements.forEach((name, count) -> {
      Tier tier = tier(name);
      assertThat(tier.getAudits()).as(name).isEqualTo(audits);
      assertThat(tier.getDisagreements()).as(name).isEqualTo(count.longValue());
      assertThat((double) count / audits)
          .isBetween(tier.getDisagreementLower(), tier.getDisagreementUpper());
    });
  }

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

  /** Each request by itself in full or x3. */
  private ExperimentServiceGrpc.ExperimentServiceBlockingStub runExperiment() {
    var experiments = ExperimentServiceGrpc.newBlockingStub(calls.channel());
    var experiment =
        Experiment.newBuilder()
            .setName("e")
            .setModel("sst2")
            .setUnit(UnitKind.UNIT_KIND_REQUEST)
            .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("full"))
            .addArms(Arm.newBuilder().setName("bold").setWeight(0.5).setTier("x3"))
            .setMetric(
                Metric.newBuilder().setName("offramp.exit_depth").setBetter(Better.BETTER_LOWER));
    var _ =
        experiments.applyExperiment(
            ApplyExperimentRequest.newBuilder()
                .setExperiment(experiment)
                .setWho("ann")
                .setWhy("test")
                .build());
    var _ =
        experiments.startExperiment(
            ChangeRequest.newBuilder().setName("e").setWho("ann").setWhy("test").build());
    return experiments;
  }

  @Test
  void analyze_auditedExperiment_comparesArmsOnTheSameTexts() throws IOException {
    List<ClassifyRequest> texts = texts(TEXTS);
    List<ClassifyRequest> disputed = disputed(texts, "x3");
    restart(state(), 1);
    var experiments = runExperiment();
    int bold = 0;
    int wrong = 0;
    int depths = 0;
    for (int i = 0; i < TEXTS; i++) {
      ClassifyResponse answer =
          calls.classify(texts.get(i).toBuilder().setTier("x2").setRequestId("request-" + i));
      if (answer.getArm().equals("bold")) {
        bold++;
        wrong += disputed.contains(texts.get(i)) ? 1 : 0;
        depths += answer.getExitDepth();
      }
    }
    assertThat(wrong).as("or the test shows nothing").isPositive();
    var request = AnalyzeExperimentRequest.newBuilder().setName("e").build();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            experiments.analyzeExperiment(request).getArms(1).getDisagreement().getPairs()
                == TEXTS);
    AnalyzeExperimentResponse analysis = experiments.analyzeExperiment(request);
    ArmAnalysis control = analysis.getArms(0);
    assertThat(control.getExposures()).isEqualTo(TEXTS - bold);
    assertThat(control.getDisagreement().getAudits()).isEqualTo(TEXTS - bold);
    assertThat(control.getDisagreement().getDisagreements()).isZero();
    assertThat(control.getDisagreement().hasDifference()).isFalse();
    assertThat(control.getLayerSpeedup().getValue()).isEqualTo(1);
    ArmAnalysis counted = analysis.getArms(1);
    assertThat(counted.getExposures()).isEqualTo(bold);
    assertThat(counted.getUnits()).isEqualTo(bold);
    assertThat(counted.getDisagreement().getAudits()).isEqualTo(bold);
    assertThat(counted.getDisagreement().getDisagreements()).isEqualTo(wrong);
    assertThat(counted.getDisagreement().getDifference().getEstimate().getValue())
        .isEqualTo(disputed.size() / (double) TEXTS);
    assertThat(counted.getLayerSpeedup().getValue()).isCloseTo(4.0 * bold / depths, within(1e-12));
    assertThat(counted.getLatencyP99Ms().getValue()).isPositive();
    assertThat(counted.getMetrics(0).getName()).isEqualTo("offramp.exit_depth");
    Difference difference = counted.getMetrics(0).getDifference();
    assertThat(difference.getEstimate().getValue())
        .isCloseTo((double) depths / bold - 4, within(1e-12));
    assertThat(difference.getVerdict()).isIn(Verdict.VERDICT_BETTER, Verdict.VERDICT_KEEP_GOING);
    assertThat(analysis.getSampleRatio().getMismatch()).isFalse();
    assertThat(analysis.getAlpha()).isEqualTo(0.05);
  }

  @Test
  void analyze_badAlpha_isRefused() throws IOException {
    restart(state(), 0);
    var experiments = runExperiment();
    for (double alpha : new double[] {1, 0, -1, Double.MIN_VALUE, Double.NaN}) {
      var request = AnalyzeExperimentRequest.newBuilder().setName("e").setAlpha(alpha).build();
      assertThatThrownBy(() -> experiments.analyzeExperiment(request))
          .hasMessageContaining(
              "INVALID_ARGUMENT: alpha: " + alpha + " (expected: at least 1.0E-12 and below 1)");
    }
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
