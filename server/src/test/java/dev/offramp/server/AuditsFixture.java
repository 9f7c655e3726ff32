package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.Tier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole server whose audits are looked at; only the kernels are the plain Java ones. What they
 * must find, answers at full depth say.
 */
@Timeout(120)
abstract class AuditsFixture {

  static final int TEXTS = 40;
  private static final long SEED = 11;

  @TempDir Path temporary;

  Path artifact;
  private OfframpServer server;
  Calls calls;

  /** Without audits. */
  @BeforeEach
  final void serve() throws IOException {
    artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    serve(TestSettings.of(Optional.empty(), 0, artifact));
  }

  final void serve(Optional<StateSettings> state, double share) throws IOException {
    serve(TestSettings.of(state, share, artifact));
  }

  final void serve(ServerSettings settings) throws IOException {
    server = OfframpServer.start(settings, TestArtifacts.REFERENCE);
    calls = new Calls(server.port());
  }

  void restart(Optional<StateSettings> state, double share) throws IOException {
    stop(); // Audits under way are done first.
    serve(state, share);
  }

  Optional<StateSettings> state() {
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

  String label(ClassifyRequest text, String tier) {
    return calls.classify(text.toBuilder().setTier(tier)).getLabel();
  }

  /** Texts that a tier labels otherwise than the full model, as its answers say. */
  List<ClassifyRequest> disputed(List<ClassifyRequest> texts, String tier) {
    return texts.stream().filter(text -> !label(text, tier).equals(label(text, "full"))).toList();
  }

  List<Tier> tiers() {
    return calls
        .stub()
        .listModels(ListModelsRequest.getDefaultInstance())
        .getModels(0)
        .getTiersList();
  }

  Tier tier(String name) {
    return tiers().stream().filter(tier -> tier.getName().equals(name)).findFirst().orElseThrow();
  }

  void countsAre(int audits, Map<String, Integer> disagreements) {
    await().atMost(Duration.ofSeconds(60)).until(() -> tier("full").getAudits() == audits);
    disagreements.forEach((name, count) -> {
      Tier tier = tier(name);
      assertThat(tier.getAudits()).as(name).isEqualTo(audits);
      assertThat(tier.getDisagreements()).as(name).isEqualTo(count.longValue());
      assertThat((double) count / audits)
          .isBetween(tier.getDisagreementLower(), tier.getDisagreementUpper());
    });
  }
}
