package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.offramp.cli.LabelledSentences.Sentence;
import dev.offramp.cli.PrecisionReport.Row;
import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.registry.Host;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checkpoint in {@code models/} in every precision, on every level that runs here. */
final class PrecisionIT {
  private static final Path CHECKPOINT = Workshop.home().resolve("models/sst2-small");

  @TempDir private static Path work;

  private static Artifact artifact;
  private static Evaluation reference;
  private static List<Row> rows;

  @BeforeAll
  static void compileAndRun() throws IOException, InterruptedException {
    Path directory = work.resolve("all.offramp");
    var arguments =
        new ArrayList<>(List.of("compile", CHECKPOINT.toString(), "--out", directory.toString()));
    for (CpuLevel level : List.of(CpuLevel.X86_64_V3, CpuLevel.CASCADELAKE, CpuLevel.AARCH64)) {
      arguments.addAll(List.of("--target", level.id()));
    }
    // Aarch64 has no int8: one precision for all of them, another compilation for the rest.
    OfframpProcess.run(work.resolve("compile.log"), arguments.toArray(String[]::new));
    assertThat(Artifact.open(directory).manifest().targets())
        .extracting(TargetEntry::id)
        .containsExactly("x86-64-v3-float32", "cascadelake-float32", "aarch64-float32");

    arguments.subList(arguments.size() - 2, arguments.size()).clear();
    arguments.addAll(List.of("--precision", "int8", "--precision", "float32"));
    OfframpProcess.run(work.resolve("compile.log"), arguments.toArray(String[]::new));
    artifact = PrecisionReport.open(directory, CHECKPOINT);

    List<String> lines =
        LabelledSentences.read(Workshop.home().resolve("models/sentences.tsv")).stream()
            .map(Sentence::text)
            .toList();
    Path file = Files.write(work.resolve("texts.txt"), lines);
    EvaluationTexts texts = EvaluationTexts.read(file);
    reference = Evaluator.evaluate(CHECKPOINT, texts);
    rows = PrecisionReport.measure(artifact, texts, reference, Tiers.read(CHECKPOINT));
    System.out.print(PrecisionReport.table(rows).render());
  }

  @Test
  void rows_everyTargetThatRuns_isThereForEveryTier() {
    long runnable = artifact.manifest().targets().stream().filter(Host.local()::runs).count();
    assertThat(runnable).isGreaterThanOrEqualTo(2);
    assertThat(rows).hasSize((int) runnable * Tiers.read(CHECKPOINT).tiers().size());
  }

  @Test
  void float32_anyLevel_leavesWhereTheCheckpointLeaves() {
    assertThat(rows)
        .filteredOn(row -> row.precision().equals("float32"))
        .isNotEmpty()
        .allSatisfy(row -> {
          assertThat(row.furthestLogit()).isLessThan(1e-4);
          assertThat(row.agreement()).isEqualTo(1);
        });
  }

  @Test
  void int8_anyLevel_staysClose() {
    assertThat(rows)
        .filteredOn(row -> row.precision().equals("int8"))
        .isNotEmpty()
        .allSatisfy(row -> {
          assertThat(row.furthestLogit()).isLessThan(0.5);
          assertThat(row.agreement()).isGreaterThan(0.97);
        });
  }

  @Test
  void int8_withAndWithoutByteInstructions_isTheSame() {
    // Integer sums are exact, whichever instruction makes them; the rest differs by rounding.
    List<Double> distances =
        rows.stream()
            .filter(row -> row.precision().equals("int8") && row.tier().equals("full"))
            .map(Row::furthestLogit)
            .toList();
    assertThat(distances).isNotEmpty();
    assertThat(distances)
        .allSatisfy(distance -> assertThat(distance).isCloseTo(distances.getFirst(), offset(0.02)));
  }

  @Test
  void open_artifactOfAnotherCheckpoint_isRefused() throws IOException {
    Path other = work.resolve("other");
    Files.createDirectories(other);
    try (var files = Files.list(CHECKPOINT)) {
      for (Path path : files.toList()) {
        Files.copy(path, other.resolve(String.valueOf(path.getFileName())));
      }
    }
    Path vocabulary = other.resolve("vocab.txt");
    Files.writeString(vocabulary, Files.readString(vocabulary) + "onemore\n");
    assertThatThrownBy(() -> PrecisionReport.open(artifact.directory(), other))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("all.offramp", "Compile the checkpoint again");
  }

  @Test
  void serve_precisionThatTheArtifactLacks_isRefusedWithAllReasons() {
    assertThatThrownBy(() ->
            OfframpProcess.run(
                work.resolve("serve.log"),
                "serve",
                artifact.directory().toString(),
                "--port",
                "0",
                "--precision",
                "bf16"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 1", "x86-64-v3-int8 is not of bf16");
  }

  @Test
  void compile_precisionThatATargetLacks_isRefusedWithWhoHasIt() {
    assertThatThrownBy(() ->
            OfframpProcess.run(
                work.resolve("refused.log"),
                "compile",
                CHECKPOINT.toString(),
                "--out",
                work.resolve("never.offramp").toString(),
                "--target",
                "cascadelake",
                "--precision",
                "bf16"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 2", "bf16 needs target sapphirerapids or znver4");
    assertThat(work.resolve("never.offramp")).doesNotExist();
  }

  @Test
  void compile_mixedTargetsAndPrecisions_makesThePairsThatExist() throws Exception {
    Artifact mixed =
        Workshop.compile(
            CHECKPOINT,
            work.resolve("mixed.offramp"),
            "--target",
            "cascadelake",
            "--target",
            "opencl",
            "--precision",
            "int8",
            "--precision",
            "float16");
    assertThat(mixed.manifest().targets())
        .extracting(TargetEntry::id)
        .containsExactly("cascadelake-int8", "opencl-float16");
  }
}
