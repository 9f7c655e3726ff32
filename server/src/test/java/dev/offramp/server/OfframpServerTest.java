package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.artifact.Precision;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import dev.offramp.v1.CacheStatus;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitReason;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.Model;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.Signal;
import dev.offramp.v1.TextPair;
import dev.offramp.v1.ThresholdRule;
import dev.offramp.v1.Tier;
import dev.offramp.v1.TokenIds;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole server on loopback; only the kernels are the plain Java ones. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class OfframpServerTest {

  private static final ReferenceModel MODEL = new ReferenceModel(TestArtifacts.CHECKPOINT);

  private final Path artifact;
  private final OfframpServer server;
  private final Calls calls;

  OfframpServerTest(@TempDir Path temporary) throws IOException {
    artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    server = OfframpServer.start(TestSettings.of(artifact), TestArtifacts.REFERENCE);
    calls = new Calls(server.port());
  }

  @BeforeAll
  void serverListens() {
    assertThat(server.port()).isPositive();
  }

  @AfterAll
  void close() {
    calls.close();
    server.close();
  }

  private static ClassifyRequest.Builder text(String text) {
    return ClassifyRequest.newBuilder().setText(text).setTier("full");
  }

  private static ClassifyRequest.Builder ids(EncodedText text) {
    var ids = TokenIds.newBuilder();
    for (int t = 0; t < text.length(); t++) {
      ids.addIds(text.id(t)).addTypes(text.type(t));
    }
    return ClassifyRequest.newBuilder().setTokenIds(ids);
  }

  @Test
  void classify_fullTier_answersWithTheLastExit() {
    ClassifyResponse response = calls.classify(text("a good film!"));
    Trace trace = MODEL.trace(EncodedText.of(2, 5, 8, 6, 14, 3));
    assertThat(response.getExitDepth()).isEqualTo(4);
    assertThat(response.getLayers()).isEqualTo(4);
    assertThat(response.getExitReason()).isEqualTo(ExitReason.EXIT_REASON_LAST_EXIT);
    assertThat(response.getLabelIndex()).isEqualTo(trace.label(4));
    assertThat(response.getLabel()).isEqualTo("class" + trace.label(4));
    assertThat(response.getLogitsList())
        .containsExactly(trace.logits(4)[0], trace.logits(4)[1], trace.logits(4)[2]);
    assertThat(response.getProbabilitiesList().stream().mapToDouble(p -> p).sum())
        .isCloseTo(1, within(1e-6));
    assertThat(response.hasExitRule()).isFalse();
    assertThat(response.hasSignalValue()).isFalse();
    assertThat(response.getTier()).isEqualTo("full");
    assertThat(response.getTokens()).isEqualTo(6);
    assertThat(response.getModel()).isEqualTo("sst2");
    assertThat(response.getModelVersion()).isEqualTo("1");
    assertThat(response.getTiming().getTotalNanos())
        .isGreaterThanOrEqualTo(
            response.getTiming().getTokenizeNanos()
                + response.getTiming().getQueueNanos()
                + response.getTiming().getComputeNanos());
  }

  @Test
  void classify_textPair_givesTheSecondTextTypeOne() {
    ClassifyResponse response =
        calls.classify(
            ClassifyRequest.newBuilder()
                .setTextPair(TextPair.newBuilder().setFirst("good").setSecond("bad film"))
                .setTier("full"));
    Trace trace =
        MODEL.trace(EncodedText.of(new int[] {2, 8, 3, 9, 6, 3}, new int[] {0, 0, 0, 1, 1, 1}));
    assertThat(response.getLogits(0)).isEqualTo(trace.logits(4)[0]);
  }

  @Test
  void classify_tooLongWithTruncate_cutsAndSaysSo() {
    String words = "good ".repeat(100);
    ClassifyResponse cut = calls.classify(text(words).setTruncate(true));
    assertThat(cut.getTokens()).isEqualTo(TestArtifacts.CONFIG.maxPositions());
    assertThat(cut.getTruncated()).isTrue();
    ClassifyResponse fits = calls.classify(text("good ".repeat(62)).setTruncate(true));
    assertThat(fits.getTokens()).isEqualTo(TestArtifacts.CONFIG.maxPositions());
    assertThat(fits.getTruncated()).isFalse();
  }

  @Test
  void classify_longOrCompressedRequest_isAnsweredLikeAnyOther() {
    ClassifyRequest longer = text("good ".repeat(5_000)).setTruncate(true).build();
    ClassifyRequest shorter = text("good ".repeat(100)).setTruncate(true).build();
    ClassifyResponse expected = calls.classify(shorter.toBuilder());

    assertThat(calls.classify(longer.toBuilder()).getLogitsList())
        .isEqualTo(expected.getLogitsList());
    assertThat(calls.stub().withCompression("gzip").classify(shorter).getLogitsList())
        .isEqualTo(expected.getLogitsList());
  }

  @Test
  void classify_sameTextAgain_isAHitUntilARuleIsStricterThanTheTrace() {
    EncodedText text = EncodedText.of(2, 9, 9, 9, 7, 3);
    Trace trace = MODEL.trace(text);
    double sure = trace.signal(2, ExitSignal.LABEL_SCORE, 1);
    // Leaves at the first exit above this; whichever it is, full depth needs more.
    var bold = rule(ids(text), Signal.SIGNAL_LABEL_SCORE, Math.min(sure, 1) - 1e-9);
    assertThat(calls.classify(bold).getCacheStatus()).isEqualTo(CacheStatus.CACHE_STATUS_MISS);
    assertThat(calls.classify(bold).getCacheStatus()).isEqualTo(CacheStatus.CACHE_STATUS_HIT);
    var full = ids(text).setTier("full");
    assertThat(calls.classify(full).getCacheStatus()).isEqualTo(CacheStatus.CACHE_STATUS_RESUMED);
    assertThat(calls.classify(full).getCacheStatus()).isEqualTo(CacheStatus.CACHE_STATUS_HIT);
    assertThat(calls.classify(ids(text).setTier("x2")).getCacheStatus())
        .isEqualTo(CacheStatus.CACHE_STATUS_HIT);
    assertThat(calls.classify(full.setBypassCache(true)).getCacheStatus())
        .isEqualTo(CacheStatus.CACHE_STATUS_BYPASS);
  }

  /** Whatever the cache holds by then, and whatever shares the batch: the same bits. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void classify_manyAtOnceByRandomRules_answersAsTheModelAlone(long seed) throws Exception {
    var random = new Random(seed);
    record Asked(ExitRule rule, Trace trace, CompletableFuture<ClassifyResponse> response) {}
    var asked = new ArrayList<Asked>();
    var texts = new ArrayList<EncodedText>();
    for (int i = 0; i < 30; i++) {
      texts.add(EncodedText.of(random.ints(1 + random.nextInt(20), 0, 97).toArray()));
    }
    for (int i = 0; i < 300; i++) {
      EncodedText text = texts.get(random.nextInt(texts.size()));
      var request = ids(text).setBypassCache(random.nextInt(4) == 0);
      ExitRule rule = randomRule(random, request);
      asked.add(new Asked(rule, MODEL.trace(text), send(request.build())));
    }
    int hits = 0;
    for (Asked each : asked) {
      ClassifyResponse response = each.response().get();
      Exit expected = each.trace().exit(each.rule()).orElseThrow();
      assertThat(response.getExitDepth()).as("%s", each.rule()).isEqualTo(expected.depth());
      assertThat(response.getLogitsList())
          .as("%s", each.rule())
          .isEqualTo(boxed(each.trace().logits(expected.depth())));
      if (each.rule() instanceof ExitRule.Threshold threshold) {
        assertThat(response.getSignalValue())
            .isEqualTo(each.trace().signal(expected.depth(), threshold.signal(), 1));
      }
      hits += response.getCacheStatus() == CacheStatus.CACHE_STATUS_HIT ? 1 : 0;
    }
    assertThat(hits).isPositive();
  }

  private static List<Float> boxed(float[] values) {
    var list = new ArrayList<Float>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private static ExitRule randomRule(RandomGenerator random, ClassifyRequest.Builder request) {
    return switch (random.nextInt(5)) {
      case 0 -> {
        request.setTier("x2");
        yield new ExitRule.Threshold(ExitSignal.ENERGY, 0.25);
      }
      case 1 -> {
        request.setTier("full");
        yield ExitRule.fullDepth();
      }
      case 2 -> {
        int patience = 1 + random.nextInt(3);
        request.getExitRuleBuilder().setPatience(PatienceRule.newBuilder().setPatience(patience));
        yield new ExitRule.Patience(patience);
      }
      case 3 -> {
        double threshold = random.nextDouble();
        var _ = rule(request, Signal.SIGNAL_ENTROPY, threshold);
        yield new ExitRule.Threshold(ExitSignal.ENTROPY, threshold);
      }
      default -> {
        double threshold = random.nextDouble(0.34, 1);
        var _ = rule(request, Signal.SIGNAL_LABEL_SCORE, threshold);
        yield new ExitRule.Threshold(ExitSignal.LABEL_SCORE, threshold);
      }
    };
  }

  private static ClassifyRequest.Builder rule(
      ClassifyRequest.Builder request, Signal signal, double threshold) {
    request
        .getExitRuleBuilder()
        .setThreshold(ThresholdRule.newBuilder().setSignal(signal).setThreshold(threshold));
    return request;
  }

  private CompletableFuture<ClassifyResponse> send(ClassifyRequest request) {
    var response = new CompletableFuture<ClassifyResponse>();
    InferenceServiceGrpc.newStub(calls.channel())
        .classify(
            request,
            new StreamObserver<>() {
              @Override
              public void onNext(ClassifyResponse value) {
                response.complete(value);
              }

              @Override
              public void onError(Throwable failure) {
                response.completeExceptionally(failure);
              }

              @Override
              public void onCompleted() {}
            });
    return response;
  }

  @Test
  void listModels_served_describesThem() {
    Model model =
        calls.stub().listModels(ListModelsRequest.getDefaultInstance()).getModelsList().getFirst();
    assertThat(model.getName()).isEqualTo("sst2");
    assertThat(model.getLabelsList()).containsExactly("class0", "class1", "class2");
    assertThat(model.getLayers()).isEqualTo(4);
    assertThat(model.getMaxTokens()).isEqualTo(64);
    assertThat(model.getVocabularySize()).isEqualTo(97);
    assertThat(model.getTiersList())
        .extracting(Tier::getName)
        .containsExactly("full", "x2", "x3", "risk0.1");
    assertThat(model.getTiers(0).hasExitRule()).isFalse();
    assertThat(model.getTiers(1).getExitRule().getThreshold().getThreshold()).isEqualTo(0.25);
    assertThat(model.getTiers(2).getExitRule().getPatience().getPatience()).isEqualTo(1);
    assertThat(model.getCurves(0).getPoints(0).getLayerSpeedup()).isEqualTo(2.1);
    assertThat(model.getTarget().getId()).isEqualTo("plain");
    assertThat(model.getTarget().getReason()).isNotBlank();
  }

  @Test
  void listModels_certifiedPrecision_promisesWhatWasCertified() {
    Tier tier =
        calls.stub().listModels(ListModelsRequest.getDefaultInstance()).getModels(0).getTiers(3);
    assertThat(tier.getCertificate().getEps()).isEqualTo(0.1);
    assertThat(tier.getCertificate().getDelta()).isEqualTo(0.05);
    assertThat(tier.getCertificate().getTexts()).isEqualTo(800);
    assertThat(tier.getCertificate().getUpperBound()).isEqualTo(0.08);
    assertThat(tier.getCertificate().getPrecision()).isEqualTo("float32");
    assertThat(tier.getCertificate().getHolds()).isTrue();
  }

  @Test
  void listModels_otherPrecisionOrCheckpoint_promisesNothingAndStillAnswers() throws IOException {
    List<Path> others =
        List.of(
            TestArtifacts.write(
                artifact.resolveSibling("int8"),
                "sst2",
                "1",
                List.of(TestArtifacts.target("small", Precision.INT8))),
            TestArtifacts.write(artifact.resolveSibling("later"), "sst2", "2"));
    for (Path other : others) {
      try (var changed = OfframpServer.start(TestSettings.of(other), TestArtifacts.REFERENCE);
          var otherCalls = new Calls(changed.port())) {
        Tier tier =
            otherCalls
                .stub()
                .listModels(ListModelsRequest.getDefaultInstance())
                .getModels(0)
                .getTiers(3);
        assertThat(tier.getCertificate().getPrecision()).isEqualTo("float32");
        assertThat(tier.getCertificate().getHolds()).as(other.toString()).isFalse();
        ClassifyResponse byTier = otherCalls.classify(text("good").setTier("risk0.1"));
        ClassifyResponse byRule =
            otherCalls.classify(rule(text("good"), Signal.SIGNAL_ENERGY, 0.5));
        assertThat(byTier.getLayers()).isEqualTo(byRule.getLayers());
        assertThat(byTier.getLabel()).isEqualTo(byRule.getLabel());
      }
    }
  }

  @Test
  void start_portInUse_saysWhichAndLeavesTheOtherServing() {
    ServerSettings free = TestSettings.of(artifact);
    var taken =
        new ServerSettings(
            free.artifacts(),
            free.wish(),
            free.address(),
            server.port(),
            free.engine(),
            free.pinned(),
            free.softWait(),
            free.cache(),
            free.drainTimeout(),
            free.rollout(),
            free.state(),
            free.auditShare());
    assertThatThrownBy(() -> OfframpServer.start(taken, TestArtifacts.REFERENCE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("cannot listen on 127.0.0.1:" + server.port(), "expected");
    assertThat(calls.classify(text("good")).getLayers()).isEqualTo(4);
  }

  @Test
  void health_whileServing_saysSoForServerAndService() {
    var health = HealthGrpc.newBlockingStub(calls.channel());
    for (String service : List.of("", "offramp.v1.InferenceService")) {
      assertThat(
              health.check(HealthCheckRequest.newBuilder().setService(service).build()).getStatus())
          .isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void reflection_asked_knowsTheServiceAndItsMessages() throws Exception {
    var answer = new CompletableFuture<ServerReflectionResponse>();
    var requests =
        ServerReflectionGrpc.newStub(calls.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse value) {
                    answer.complete(value);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(
        ServerReflectionRequest.newBuilder()
            .setFileContainingSymbol("offramp.v1.InferenceService.Classify")
            .build());
    assertThat(answer.get().getFileDescriptorResponse().getFileDescriptorProtoList())
        .isNotEmpty()
        .first()
        .satisfies(file -> assertThat(file.toStringUtf8()).contains("ClassifyRequest"));
    requests.onCompleted();
  }
}
