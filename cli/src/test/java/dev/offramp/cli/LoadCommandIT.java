package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.artifact.ArtifactWriter;
import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.io.Json;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.OfframpServer;
import dev.offramp.server.ServerSettings;
import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.ReferenceBackend;
import dev.offramp.server.registry.Rollout;
import dev.offramp.server.registry.TargetWish;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code offramp load} against a server with the checkpoint in {@code models/}; only its kernels
 * are the plain Java ones, so that every host can run them.
 */
final class LoadCommandIT {
  private static final Path MODEL = Workshop.home().resolve("models/sst2-small");

  @TempDir private static Path work;

  private static OfframpServer server;
  private static Path texts;

  private record Run(int code, String out, String err) {}

  @BeforeAll
  static void serve() throws IOException {
    Checkpoint checkpoint = Checkpoint.read(MODEL);
    var target =
        new TargetEntry(
            "plain",
            Device.CPU,
            "x86_64-pc-linux-gnu",
            "x86-64",
            List.of(),
            Precision.FLOAT32,
            "targets/plain/kernels.so",
            "weights/float32.safetensors",
            8,
            "none");
    Path artifact = work.resolve("shipped.offramp");
    try (var writer = ArtifactWriter.create(artifact)) {
      writer.copyTokenizer(MODEL);
      Files.writeString(writer.file(target.kernels()), "no kernels");
      Files.writeString(writer.file(target.weights()), "no weights");
      writer.seal(
          new Manifest("sst2-small", "1", checkpoint.config(), Tiers.read(MODEL), List.of(target)));
      writer.finish();
    }
    server =
        OfframpServer.start(
            new ServerSettings(
                List.of(artifact),
                TargetWish.NONE,
                "127.0.0.1",
                0,
                EngineSettings.of(1),
                false,
                ServerSettings.DEFAULT_SOFT_WAIT,
                CacheSettings.DEFAULT,
                Duration.ofSeconds(5),
                Rollout.NONE,
                Optional.empty(),
                0),
            (_, _) -> new ReferenceBackend(checkpoint));
    texts = Files.write(work.resolve("texts.txt"), List.of("a fine film", "a dull film", "so so"));
  }

  @AfterAll
  static void close() {
    server.close();
  }

  @Test
  void load_twoTiers_reportsEveryCallInTableJsonAndPicture() throws IOException {
    Run run =
        load(
            "--rate",
            "20",
            "--seconds",
            "3",
            "--warm-up",
            "1s",
            "--poisson",
            "--seed",
            "5",
            "--tiers",
            "full=0.5,x4=0.5",
            "--no-cache",
            "--connections",
            "2",
            "--json",
            work.resolve("load.json").toString(),
            "--plot",
            work.resolve("load.png").toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("tier", "full", "x4", "all", "latency, ms", "service, ms", "Send lag", "p99.9");
    assertThat(work.resolve("load.png")).isNotEmptyFile();
    JsonNode json = Json.readTree(work.resolve("load.json"));
    JsonNode all = json.path("all");
    assertThat(all.path("planned").asInt()).isBetween(20, 120);
    assertThat(all.path("answered").asInt()).isEqualTo(all.path("planned").asInt());
    assertThat(all.path("failed").asInt()).isZero();
    assertThat(all.path("cached").asInt()).isZero();
    assertThat(all.path("latency").path("p50Millis").isNumber()).isTrue();
    assertThat(json.path("tiers").path(0).path("name").asString()).isEqualTo("full");
    assertThat(json.path("tiers").path(0).path("layerSpeedup").asDouble()).isEqualTo(1);
    assertThat(json.path("tiers").path(1).path("layerSpeedup").asDouble()).isGreaterThan(1);
    assertThat(json.path("timeline").size()).isEqualTo(3);
    assertThat(json.path("gaps").asString()).isEqualTo("exponential");
  }

  @Test
  void load_sameTextsAgain_areAnsweredFromTheCache() throws IOException {
    Run run =
        load(
            "--rate",
            "20",
            "--seconds",
            "1",
            "--warm-up",
            "1s",
            "--json",
            work.resolve("cached.json").toString());
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode all = Json.readTree(work.resolve("cached.json")).path("all");
    assertThat(all.path("cached").asInt()).isEqualTo(all.path("answered").asInt()).isPositive();
  }

  @Test
  void load_textsTooLong_failAndAreToldWhy() throws IOException {
    Path tooLong = Files.writeString(work.resolve("long.txt"), "very ".repeat(1000) + "long\n");
    Run run = load("--rate", "20", "--seconds", "0.5", "--data", tooLong.toString());
    assertThat(run.code()).isOne();
    assertThat(run.out()).contains("Failed: 10 invalid (");
    assertThat(run.err()).contains("no call was answered of 10 sent, such as: ");
  }

  @Test
  void load_unknownTierOrModel_isRefusedBeforeAnythingIsSent() {
    assertThat(load("--rate", "1", "--seconds", "1", "--tiers", "x9").err())
        .contains("--tiers: 'x9'", "full", "x1.5", "x4");
    assertThat(load("--rate", "1", "--seconds", "1", "--model", "other").err())
        .contains("--model: 'other'", "sst2-small");
  }

  @Test
  void load_noServer_failsAndSaysWhatToDo() {
    Run run = load("--rate", "1", "--seconds", "1", "--server", "127.0.0.1:1");
    assertThat(run.code()).isOne();
    assertThat(run.err()).contains("127.0.0.1:1", "offramp serve").doesNotContain("\tat ");
  }

  /* Adds the server and the texts where a test names none. */
  private static Run load(String... options) {
    var out = new StringWriter();
    var err = new StringWriter();
    var arguments = new ArrayList<>(List.of("load"));
    arguments.addAll(List.of(options));
    if (!arguments.contains("--server")) {
      arguments.addAll(List.of("--server", "127.0.0.1:" + server.port()));
    }
    if (!arguments.contains("--data")) {
      arguments.addAll(List.of("--data", texts.toString()));
    }
    int code =
        Offramp.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments.toArray(String[]::new));
    return new Run(code, out.toString(), err.toString());
  }
}
