package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.cli.LabelledSentences.Sentence;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.trainer.MultiExitBert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checkpoint in {@code models/}: compiled kernels against PyTorch and plain Java. */
final class ShippedModelIT {
  private static final long SEED = 7;
  private static final Path DIRECTORY = Workshop.home().resolve("models/sst2-small");
  private static final double TOLERANCE = 1e-4;

  @TempDir private static Path work;

  private static Checkpoint checkpoint;
  private static Artifact artifact;
  private static List<Sentence> sentences;
  private static List<EncodedText> texts;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    checkpoint = Checkpoint.read(DIRECTORY);
    artifact = Workshop.compile(DIRECTORY, work.resolve("shipped.offramp"));
    sentences = LabelledSentences.read(Workshop.home().resolve("models/sentences.tsv"));
    try (Tokenizer tokenizer =
        Tokenizer.load(artifact.directory(), checkpoint.config().maxPositions())) {
      texts = sentences.stream().map(sentence -> tokenizer.encode(sentence.text())).toList();
    }
  }

  @Test
  void logits_ofCompiledKernels_areThoseOfPyTorch() {
    List<Trace> expected;
    try (MultiExitBert model = MultiExitBert.of(checkpoint)) {
      expected = model.traces(texts);
    }
    List<Trace> actual = tracesOfKernels();
    for (int i = 0; i < texts.size(); i++) {
      assertClose(actual.get(i), expected.get(i), "sentence " + i);
    }
  }

  @Test
  void logits_ofCompiledKernels_areThoseOfPlainJava() {
    var reference = new ReferenceModel(checkpoint);
    List<Trace> actual = tracesOfKernels();
    new Random(SEED)
        .ints(8, 0, texts.size())
        .forEach(i -> assertClose(actual.get(i), reference.trace(texts.get(i)), "sentence " + i));
  }

  @Test
  void tiers_areThoseOfTheDesign_andComeWithTheArtifact() {
    assertThat(Tiers.read(DIRECTORY).names())
        .containsExactly("full", "x1.5", "x2", "x3", "x4", "risk0.01");
    assertThat(artifact.manifest().tiers()).isEqualTo(Tiers.read(DIRECTORY));
  }

  @Test
  void tiers_onOurSentences_leaveEarlierTheBolderTheyAre_andStayRight() {
    List<Trace> traces = tracesOfKernels();
    ModelConfig config = checkpoint.config();
    double previous = Double.MAX_VALUE;
    List<Tier> bolder =
        artifact.manifest().tiers().tiers().stream()
            .sorted(Comparator.comparingDouble(Tier::layerSpeedup))
            .toList();
    for (Tier tier : bolder) {
      int depths = 0;
      int right = 0;
      for (int i = 0; i < traces.size(); i++) {
        int depth = traces.get(i).exit(tier.rule()).orElseThrow().depth();
        depths += depth;
        String label = config.labels().get(traces.get(i).label(depth));
        right += label.equals(sentences.get(i).label()) ? 1 : 0;
      }
      double meanDepth = (double) depths / traces.size();
      assertThat(meanDepth).as("mean exit depth of %s", tier.name()).isLessThan(previous);
      assertThat((double) right / traces.size())
          .as("accuracy of %s", tier.name())
          .isGreaterThan(0.6);
      previous = meanDepth;
    }
  }

  @Test
  void checkpoint_isSmallEnoughToShip_andDeepEnoughToExit() throws IOException {
    long bytes;
    try (var files = Files.walk(DIRECTORY)) {
      bytes = files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
    assertThat(bytes).isLessThan(10_000_000);
    assertThat(checkpoint.config().layers()).isGreaterThanOrEqualTo(6);
  }

  private static List<Trace> tracesOfKernels() {
    ModelConfig config = checkpoint.config();
    int classes = config.classes();
    int maxTokens = 512;
    int maxSequences = 16;
    var traces = new ArrayList<Trace>();
    try (Backend backend = Workshop.open(artifact);
        LayerKernels kernels = backend.kernels(maxTokens, maxSequences)) {
      float[] logits = new float[maxSequences * classes];
      for (int start = 0; start < texts.size(); start += maxSequences) {
        List<EncodedText> batch =
            texts.subList(start, Math.min(start + maxSequences, texts.size()));
        float[][] rows = new float[batch.size()][config.layers() * classes];
        kernels.start(batch);
        for (int depth = 1; depth <= config.layers(); depth++) {
          kernels.layer(depth);
          kernels.exit(depth, logits);
          for (int s = 0; s < batch.size(); s++) {
            System.arraycopy(logits, s * classes, rows[s], (depth - 1) * classes, classes);
          }
        }
        for (float[] row : rows) {
          traces.add(Trace.of(config.layers(), classes, row));
        }
      }
    }
    return traces;
  }

  private static void assertClose(Trace actual, Trace expected, String what) {
    for (int depth = 1; depth <= expected.layers(); depth++) {
      for (int c = 0; c < expected.classes(); c++) {
        assertThat((double) actual.logits(depth)[c])
            .as("%s, depth %d, class %d", what, depth, c)
            .isCloseTo(expected.logits(depth)[c], within(TOLERANCE));
      }
    }
  }
}
