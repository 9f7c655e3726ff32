package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.Signal;
import dev.offramp.v1.TextPair;
import dev.offramp.v1.ThresholdRule;
import dev.offramp.v1.TokenIds;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a client sends, it gets a status that says what is wrong, and the server goes on. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class BadInputTest {

  private final OfframpServer server;
  private final Calls calls;

  BadInputTest(@TempDir Path temporary) throws IOException {
    server =
        OfframpServer.start(
            TestSettings.of(TestArtifacts.write(temporary.resolve("a"), "sst2", "1")),
            TestArtifacts.REFERENCE);
    calls = new Calls(server.port());
  }

  @AfterAll
  void close() {
    calls.close();
    server.close();
  }

  private static ClassifyRequest.Builder text(String text) {
    return ClassifyRequest.newBuilder().setText(text).setTier("full");
  }

  private static ClassifyRequest.Builder ids(TokenIds.Builder ids) {
    return ClassifyRequest.newBuilder().setTokenIds(ids).setTier("full");
  }

  private static ClassifyRequest.Builder rule(ExitRule.Builder rule) {
    return ClassifyRequest.newBuilder().setText("a film").setExitRule(rule);
  }

  private static ClassifyRequest.Builder threshold(ThresholdRule.Builder rule) {
    return rule(ExitRule.newBuilder().setThreshold(rule));
  }

  private static ThresholdRule.Builder energy(double threshold) {
    return ThresholdRule.newBuilder().setSignal(Signal.SIGNAL_ENERGY).setThreshold(threshold);
  }

  static Stream<Arguments> badRequests() {
    return Stream.of(
        bad(text(""), "INVALID_ARGUMENT", "text: empty"),
        bad(text(" \t\n"), "INVALID_ARGUMENT", "text: empty"),
        bad(text("\0"), "INVALID_ARGUMENT", "text: empty"),
        bad(
            ClassifyRequest.newBuilder()
                .setTextPair(TextPair.newBuilder().setFirst("a"))
                .setTier("full"),
            "INVALID_ARGUMENT",
            "pair: empty"),
        bad(
            text("good ".repeat(63)),
            "INVALID_ARGUMENT",
            "65 tokens with special tokens (expected: at most 64)"),
        bad(
            ClassifyRequest.newBuilder().setTier("full"),
            "INVALID_ARGUMENT",
            "input: not given (expected: text, text_pair or token_ids)"),
        bad(
            ClassifyRequest.newBuilder().setText("a film"),
            "INVALID_ARGUMENT",
            "exit: not given (expected: an exit_rule, or a tier of [full, x2, x3, risk0.1])"),
        bad(text("a film").setModel("qqp"), "NOT_FOUND", "model: 'qqp' (known: [sst2@1])"),
        bad(
            text("a film").setModelVersion("2"),
            "NOT_FOUND",
            "model: '', version: '2' (known: [sst2@1])"),
        bad(
            text("a film").setTier("x9"),
            "NOT_FOUND",
            "tier: 'x9' (known to sst2@1: [full, x2, x3, risk0.1])"),
        bad(text("a film").setTier(""), "NOT_FOUND", "tier: ''"),
        bad(ids(TokenIds.newBuilder()), "INVALID_ARGUMENT", "expected: as many, at least 1"),
        bad(
            ids(TokenIds.newBuilder().addIds(2).addIds(97)),
            "INVALID_ARGUMENT",
            "token id of token 1: 97 (expected: 0 to 96)"),
        bad(
            ids(TokenIds.newBuilder().addIds(-1)),
            "INVALID_ARGUMENT",
            "token id of token 0: -1 (expected: 0 to 96)"),
        bad(
            ids(TokenIds.newBuilder().addIds(Integer.MAX_VALUE)),
            "INVALID_ARGUMENT",
            "token id of token 0: 2147483647"),
        bad(
            ids(TokenIds.newBuilder().addIds(2).addTypes(2)),
            "INVALID_ARGUMENT",
            "token type of token 0: 2 (expected: 0 to 1)"),
        bad(
            ids(TokenIds.newBuilder().addIds(2).addIds(3).addTypes(0)),
            "INVALID_ARGUMENT",
            "ids: 2, types: 1"),
        bad(
            ids(TokenIds.newBuilder().addAllIds(new Random(1).ints(65, 0, 97).boxed().toList())),
            "INVALID_ARGUMENT",
            "tokens: 65 (expected: at most 64)"),
        bad(rule(ExitRule.newBuilder()), "INVALID_ARGUMENT", "exit_rule: empty"),
        bad(threshold(energy(Double.NaN)), "INVALID_ARGUMENT", "threshold: NaN"),
        bad(
            threshold(energy(1.5)),
            "INVALID_ARGUMENT",
            "threshold: 1.5 (expected: 0.0 to 1.0, the range of energy over 3 classes)"),
        bad(threshold(energy(-0.1)), "INVALID_ARGUMENT", "threshold: -0.1"),
        bad(threshold(energy(Double.POSITIVE_INFINITY)), "INVALID_ARGUMENT", "threshold: Infinity"),
        bad(
            threshold(
                ThresholdRule.newBuilder().setSignal(Signal.SIGNAL_LABEL_SCORE).setThreshold(0.2)),
            "INVALID_ARGUMENT",
            "the range of label_score over 3 classes"),
        bad(
            threshold(ThresholdRule.newBuilder().setSignal(Signal.SIGNAL_ENERGY)),
            "INVALID_ARGUMENT",
            "exit_rule: no threshold"),
        bad(
            threshold(ThresholdRule.newBuilder().setThreshold(0.2)),
            "INVALID_ARGUMENT",
            "exit_rule: no known signal"),
        bad(
            threshold(ThresholdRule.newBuilder().setThreshold(0.2).setSignalValue(77)),
            "INVALID_ARGUMENT",
            "exit_rule: no known signal"),
        bad(threshold(energy(0.2).setTemperature(0)), "INVALID_ARGUMENT", "temperature: 0.0"),
        bad(
            threshold(energy(0.2).setTemperature(Double.NaN)),
            "INVALID_ARGUMENT",
            "temperature: NaN"),
        bad(
            rule(ExitRule.newBuilder().setPatience(PatienceRule.newBuilder())),
            "INVALID_ARGUMENT",
            "patience: 0 (expected: >= 1)"),
        bad(
            rule(ExitRule.newBuilder().setPatience(PatienceRule.newBuilder().setPatience(-1))),
            "INVALID_ARGUMENT",
            "patience: 4294967295"));
  }

  private static Arguments bad(ClassifyRequest.Builder request, String code, String message) {
    return Arguments.of(message, code, request);
  }

  @ParameterizedTest(name = "{1} {0}")
  @MethodSource("badRequests")
  void classify_badRequest_saysWhatIsWrong(
      String message, Status.Code code, ClassifyRequest.Builder request) {
    Status status = calls.statusOf(request);
    assertThat(status.getCode()).isEqualTo(code);
    assertThat(status.getDescription()).contains(message);
  }

  @Test
  void classify_textNotUtf8_isInvalidArgument() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    out.writeBytes(
        ClassifyRequest.TEXT_FIELD_NUMBER,
        ByteString.copyFrom(new byte[] {'a', (byte) 0xc3, '(', (byte) 0xff}));
    out.writeString(ClassifyRequest.TIER_FIELD_NUMBER, "full");
    out.flush();
    Status status = calls.statusOf(bytes.toByteArray());
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("UTF-8");
  }

  @Test
  void classify_randomBytes_isInvalidArgumentAndTheServerGoesOn() {
    var random = new Random(20_261_124);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = new byte[1 + random.nextInt(60)];
      random.nextBytes(bytes);
      assertThat(calls.statusOf(bytes).getCode())
          .as("bytes number %d", i)
          .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
    assertThat(calls.classify(text("a film")).getLayers()).isEqualTo(4);
  }

  /** Of nothing but punctuation, which is a token each. */
  @Test
  void classify_hugeText_isRefusedHoweverManyComeAtOnce() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var codes = new ArrayList<Future<Status.Code>>();
      for (int i = 0; i < 24; i++) {
        codes.add(threads.submit(() -> calls.statusOf(text("!".repeat(250_000))).getCode()));
      }
      assertThat(codes)
          .extracting(Future::get)
          .allMatch(code ->
              code == Status.Code.INVALID_ARGUMENT || code == Status.Code.RESOURCE_EXHAUSTED)
          .contains(Status.Code.INVALID_ARGUMENT);
    }
    Status beyond = calls.statusOf(text("!".repeat(300_000)));
    assertThat(beyond.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(beyond.getDescription()).contains("262144");
    assertThat(calls.classify(text("a film")).getLayers()).isEqualTo(4);
  }

  @Test
  void classify_truncatedMessage_isInvalidArgument() {
    byte[] whole = text("a good film").build().toByteArray();
    byte[] cut = Arrays.copyOf(whole, whole.length - 2);
    assertThat(calls.statusOf(cut).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void classify_oddButValidText_isAnswered() {
    for (String odd :
        new String[] {
          "\u0000a film", "🎬🍿 film", "a\u200bfilm", "[SEP] [SEP]", "映画", "x".repeat(5_000)
        }) {
      assertThat(calls.classify(text(odd)).getLayers()).as(odd).isEqualTo(4);
    }
  }

  @Test
  void classify_timeoutThatIsNone_isRefusedWithTheField() {
    for (var timeout :
        List.of(
            com.google.protobuf.Duration.newBuilder().build(),
            com.google.protobuf.Duration.newBuilder().setSeconds(-1).build(),
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(Long.MIN_VALUE)
                .setNanos(-1)
                .build())) {
      Status status =
          calls.statusOf(
              ClassifyRequest.newBuilder().setText("good").setTier("full").setTimeout(timeout));
      assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status.getDescription()).contains("timeout:", "expected: at least 1 microsecond");
    }
  }
}
