package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.client.Answer;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Outcome;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.model.io.Json;
import dev.offramp.server.OfframpServer;
import dev.offramp.server.ServerSettings;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.experiment.state.StateSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The command and the client against a real server with the plain Java kernels. */
@Timeout(120)
final class ExperimentCommandTest {

  private static final String FILE =
      """
      experiments:
        - name: sst2-x3
          model: sst2
          coverage: 1
          arms:
            - {name: control, weight: 0.5, tier: full}
            - {name: bold, weight: 0.5, tier: x3}
          metric: {name: conversion, better: BETTER_HIGHER, min: 0, max: 1}
          ramp: {steps: [0.1, 0.5, 1], dwell: 3600s}
          overrides: {tester: bold}
      """;

  @TempDir private Path temporary;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private OfframpServer server;

  @BeforeEach
  void serve() throws IOException {
    ServerSettings defaults =
        ServerSettings.of(List.of(TestArtifacts.write(temporary.resolve("v1"), "sst2", "1")));
    server =
        OfframpServer.start(
            new ServerSettings(
                defaults.artifacts(),
                defaults.wish(),
                "127.0.0.1",
                0,
                defaults.engine(),
                false,
                defaults.softWait(),
                defaults.cache(),
                defaults.drainTimeout(),
                defaults.rollout(),
                Optional.of(StateSettings.of(temporary.resolve("state"), Optional.empty())),
                1),
            TestArtifacts.REFERENCE);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private int experiment(String... arguments) {
    var all = new ArrayList<>(List.of("experiment", "--server", "127.0.0.1:" + server.port()));
    all.addAll(List.of(arguments));
    return offramp(all.toArray(String[]::new));
  }

  private int offramp(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine offramp =
        Offramp.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return offramp.execute(arguments);
  }

  private String file(String yaml) throws IOException {
    return Files.writeString(temporary.resolve("experiments.yaml"), yaml).toString();
  }

  @Test
  void apply_oneOfManyIsRefused_saysWhichAndChangesNothing() throws IOException {
    String second =
        FILE.substring(FILE.indexOf("  - name"))
            .replace("sst2-x3", "other")
            .replace("0.5,", "0.4,");
    assertThat(experiment("apply", "-f", file(FILE + second), "--why", "try")).isOne();
    assertThat(err.toString()).contains("other: ", "experiment: weights");
    assertThat(experiment("list")).isZero();
    assertThat(out.toString()).doesNotContain("sst2-x3");
    String twice = FILE + FILE.substring(FILE.indexOf("  - name"));
    assertThat(experiment("apply", "-f", file(twice), "--why", "try")).isOne();
    assertThat(err.toString())
        .contains("experiments[1]: name: 'sst2-x3' (expected: one that no other entry has)");
  }

  @Test
  void apply_filesOfTheDocuments_areAccepted() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "experiments.md"));
    List<String> files =
        Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL)
            .matcher(page)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(files).hasSizeGreaterThan(1);
    for (String shown : files) {
      // What is served here has another name, and less tiers and labels.
      String yaml =
          shown
              .replace("sst2-small", "sst2")
              .replace("risk0.01", "risk0.1")
              .replace("@candidate", "1");
      assertThat(experiment("apply", "-f", file(yaml), "--why", "try")).as(err::toString).isZero();
      assertThat(experiment("diff", "-f", file(yaml))).isZero();
      assertThat(out.toString()).contains("would be unchanged");
    }
  }

  @Test
  void classify_metadata_isWhatTargetingGoesBy() throws IOException {
    String targeted =
        FILE.replace(
            "    coverage: 1\n", "    coverage: 1\n    targeting: [{key: a, values: [b]}]\n");
    assertThat(experiment("apply", "-f", file(targeted), "--why", "try")).isZero();
    assertThat(experiment("start", "sst2-x3", "--why", "go")).isZero();
    String[] asked = {
      "classify", "--server", "127.0.0.1:" + server.port(), "--unit", "u", "a film"
    };
    assertThat(offramp(asked)).as(err::toString).isZero();
    assertThat(out.toString()).doesNotContain("   arm ");
    List<String> told = new ArrayList<>(List.of(asked));
    told.add(1, "--metadata");
    told.add(2, "a=b");
    assertThat(offramp(told.toArray(String[]::new))).as(err::toString).isZero();
    assertThat(out.toString()).contains("   arm ");
  }

  @Test
  void apply_durations_areReadAsPeopleWriteThem() throws IOException {
    assertThat(experiment("apply", "-f", file(FILE), "--why", "try")).isZero();
    for (String same : List.of("1h", "60m", "PT1H", "3600.0s")) {
      String yaml = FILE.replace("3600s", same);
      assertThat(experiment("diff", "-f", file(yaml))).as(same).isZero();
      assertThat(out.toString()).as(same).contains("sst2-x3: would be unchanged");
    }
    assertThat(experiment("apply", "-f", file(FILE.replace("3600s", "often")), "--why", "try"))
        .isOne();
    assertThat(err.toString())
        .contains("experiments[0]: ramp.dwell: 'often' is not a duration (expected: 500ms, 30s");
  }

  @Test
  void apply_withoutCoverage_keepsThatOfOneUnderWay() throws IOException {
    String plain = FILE.replaceAll("(?m)^.*(ramp|coverage):.*\\n", "");
    assertThat(experiment("apply", "-f", file(plain), "--why", "try")).isZero();
    assertThat(experiment("start", "sst2-x3", "--why", "go")).isZero();
    assertThat(out.toString()).contains("coverage 100 %");
    assertThat(experiment("ramp", "sst2-x3", "0.05", "--why", "harm")).isZero();
    assertThat(experiment("apply", "-f", file(plain), "--why", "nightly")).isZero();
    assertThat(out.toString()).contains("sst2-x3: unchanged");
  }

  @Test
  void commands_fromFileToPromotion() throws IOException {
    assertThat(experiment("diff", "-f", file(FILE))).as(err::toString).isZero();
    assertThat(out.toString()).contains("sst2-x3: would be created");
    assertThat(experiment("list")).isZero();
    assertThat(out.toString()).doesNotContain("sst2-x3");
    assertThat(experiment("apply", "-f", file(FILE), "--why", "try")).as(err::toString).isZero();
    assertThat(out.toString()).contains("sst2-x3: created");
    assertThat(experiment("apply", "-f", file(FILE), "--why", "again")).isZero();
    assertThat(out.toString()).contains("sst2-x3: unchanged");
    assertThat(experiment("diff", "-f", file(FILE.replace("coverage: 1", "coverage: 0.5"))))
        .isZero();
    assertThat(out.toString()).contains("sst2-x3: would be changed", "coverage: 1.0 -> 0.5");
    assertThat(experiment("start", "sst2-x3", "--why", "reviewed", "--who", "ann")).isZero();
    assertThat(out.toString()).contains("sst2-x3: running, version 2, coverage 100 %");
    classify();
    assertThat(experiment("pause", "sst2-x3", "--why", "look")).isZero();
    assertThat(experiment("start", "sst2-x3", "--why", "fine")).isZero();
    assertThat(experiment("ramp", "sst2-x3", "0.75", "--why", "less")).as(err::toString).isZero();
    assertThat(out.toString()).contains("version 5, coverage 75 %");
    assertThat(experiment("promote", "sst2-x3", "bold", "--why", "as good")).isZero();
    assertThat(out.toString())
        .contains("sst2-x3: promoted bold", "warning: bold: of conversion nothing");
    Path json = temporary.resolve("log.json");
    assertThat(experiment("log", "sst2-x3", "--json", json.toString())).isZero();
    assertThat(out.toString()).contains("reviewed", "as good").contains("ann");
    JsonNode entries = Json.readTree(json).path("entries");
    assertThat(entries.size()).isEqualTo(6);
    assertThat(entries.path(0).path("action").asString()).isEqualTo("promote");
    assertThat(experiment("kill", "sst2-x3", "--why", "enough")).isZero();
    assertThat(out.toString()).contains("sst2-x3: stopped, version 7");
  }

  /** The client's part: units, what the answer says of them, and what became of them. */
  private void classify() {
    try (var offramp = OfframpClient.connect("127.0.0.1:" + server.port())) {
      Query query = Query.of("a good film").withExit(Tier.of("x2"));
      Answer tester = offramp.classify(query.withUnit("tester").withMetadata("country", "at"));
      assertThat(tester.experiment()).contains("sst2-x3");
      assertThat(tester.arm()).contains("bold");
      assertThat(tester.appliedTier()).contains(Tier.of("x3"));
      assertThat(tester.exposureCounted()).isFalse();
      assertThat(tester.requestId()).isNotEmpty();
      assertThat(offramp.classify(query).experiment()).isEmpty();
      assertThat(offramp.classify(query.withUnit("u").withoutExperiment()).experiment()).isEmpty();
      Answer user = offramp.classify(query.withUnit("user-1").withRequestId("mine"));
      assertThat(user.exposureCounted()).isTrue();
      assertThat(user.requestId()).isEqualTo("mine");
      offramp.reportOutcome(Outcome.ofUnit("user-1", "conversion", 1));
      offramp.reportOutcome(Outcome.of(user, "conversion", 0).withReportId("1"));
    }
  }

  @Test
  void show_afterTraffic_tellsWhatWasCounted() throws Exception {
    assertThat(experiment("apply", "-f", file(FILE), "--why", "try")).isZero();
    assertThat(experiment("start", "sst2-x3", "--why", "go")).isZero();
    classify();
    Path json = temporary.resolve("shown.json");
    long exposures = 0;
    while (exposures == 0) { // The method's time limit ends a wait in vain.
      assertThat(experiment("show", "sst2-x3", "--json", json.toString())).isZero();
      exposures =
          Json.readTree(json)
              .path("arms")
              .valueStream()
              .mapToLong(arm -> arm.path("exposures").asLong(0))
              .sum();
      Thread.sleep(20);
    }
    assertThat(exposures).isEqualTo(1);
    assertThat(out.toString())
        .contains("sst2-x3: running, version 2", "control", "bold", "offramp.exit_depth");
  }

  @Test
  void commands_refused_exitWithOneAndSayWhy() throws IOException {
    assertThat(
            experiment(
                "apply", "-f", file(FILE.replace("0.5, tier: x3", "0.6, tier: x3")), "--why", "x"))
        .isOne();
    assertThat(err.toString()).contains("weights", "together 1.1").doesNotContain("\tat ");
    assertThat(experiment("apply", "-f", file(FILE.replace("coverage", "coverge")), "--why", "x"))
        .isOne();
    assertThat(err.toString()).contains("experiments[0]", "coverge").doesNotContain("\tat ");
    assertThat(experiment("apply", "-f", file("- a"), "--why", "x")).isOne();
    assertThat(err.toString()).contains("has no list experiments");
    assertThat(experiment("start", "nobody", "--why", "x")).isOne();
    assertThat(err.toString()).contains("experiment: 'nobody' (known: [])");
    assertThat(experiment("start", "nobody")).isEqualTo(2);
    assertThat(err.toString()).contains("--why");
    server.close();
    assertThat(experiment("list")).isOne();
    assertThat(err.toString()).contains("no server took the call", "--state DIR");
  }
}
