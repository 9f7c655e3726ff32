package dev.offramp.model.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.TinyVocabulary;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArtifactTest {
  private static final List<String> FILES =
      List.of(
          Manifest.FILE,
          Tokenizer.VOCABULARY,
          TinyArtifact.KERNELS,
          "targets/there/k.so",
          TinyArtifact.WEIGHTS);

  @TempDir private Path root;
  @TempDir private Path scratch;
  private Path directory;

  @BeforeEach
  void write() throws IOException {
    directory = root.resolve("mine.offramp");
    TinyArtifact.write(directory, scratch, "mine");
  }

  @Test
  void open_written_isTheSame() {
    Artifact artifact = Artifact.open(directory);

    assertThat(artifact.manifest()).isEqualTo(TinyArtifact.manifest("mine"));
    assertThat(artifact.manifest().tiers().names()).containsExactly("full", "x2");
    assertThat(artifact.resolve(artifact.manifest().targets().getFirst().kernels()))
        .isEqualTo(directory.toAbsolutePath().resolve(TinyArtifact.KERNELS))
        .hasBinaryContent(new byte[] {0x7F, 'E', 'L', 'F', 1, 2, 3});
    assertThat(Sha256Sums.read(directory).byFile().keySet())
        .containsExactlyInAnyOrderElementsOf(FILES);
  }

  @Test
  void open_anyByteOfAnyFileFlipped_isRefusedWithItsName() throws IOException {
    for (String name : FILES) {
      Path file = directory.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      int step = Math.max(1, whole.length / 40);
      for (int at = 0; at < whole.length; at += step) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 0x10;
        Files.write(file, damaged);

        assertRefused(file, "damaged");
      }
      Files.write(file, whole);
    }
    assertThat(Artifact.open(directory).manifest().name()).isEqualTo("mine");
  }

  @Test
  void open_anyBitOfTheChecksumsFlipped_isRefused() throws IOException {
    Path file = directory.resolve(Sha256Sums.FILE);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        Files.write(file, damaged);

        assertThatThrownBy(() -> Artifact.open(directory))
            .as("bit %d of byte %d", bit, at)
            .isInstanceOf(ModelFormatException.class)
            .hasMessageStartingWith(directory.toString());
      }
    }
  }

  @Test
  void open_anyFileCutOrGone_isRefusedWithItsName() throws IOException {
    for (String name : FILES) {
      Path file = directory.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length / 2));
      assertRefused(file, "damaged");
      Files.delete(file);
      if (!name.equals(Manifest.FILE)) {
        assertRefused(file, "cannot be read");
      }
      Files.write(file, whole);
    }
  }

  @Test
  void open_noChecksums_isRefused() throws IOException {
    Files.delete(directory.resolve(Sha256Sums.FILE));

    assertRefused(directory.resolve(Sha256Sums.FILE), "cannot be read");
  }

  @Test
  void open_fileInUseWithoutAChecksum_isRefused() throws IOException {
    for (String name : FILES) {
      Sha256Sums.of(directory, FILES.stream().filter(file -> !file.equals(name)).toList())
          .write(directory);

      assertRefused(directory.resolve(Sha256Sums.FILE), "does not list '" + name + "'");
    }
  }

  @Test
  void open_noManifest_isRefused() throws IOException {
    Files.delete(directory.resolve(Manifest.FILE));

    assertRefused(directory, "is not an artifact: it has no manifest.json");
  }

  @Test
  void open_checkpoint_isRefusedWithWhatToDo() throws IOException {
    Path checkpoint = root.resolve("checkpoint");
    RandomModels.checkpoint(TinyArtifact.CONFIG, new Random(1)).write(checkpoint, scratch);

    assertThatThrownBy(() -> Artifact.open(checkpoint))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("looks like a checkpoint: compile it first")
        .hasMessageContaining("offramp compile " + checkpoint + " --out checkpoint.offramp");
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory + ": is an artifact (expected: the checkpoint");
  }

  @Test
  void open_nothingOrAFile_isRefused() {
    assertThatThrownBy(() -> Artifact.open(root.resolve("nowhere")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("nowhere: no such directory")
        .hasMessageContaining("offramp compile");
    assertThatThrownBy(() -> Artifact.open(directory.resolve(Manifest.FILE)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageEndingWith(": is a file (expected: an artifact, a directory)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "format" : 2,          | "format" : 1,            | format: 1 (expected: 2). Compile the checkpoint again
          "format" : 2,          | "format" : "2",          | format: "2"
          "format" : 2,          | "fourmat" : 2,           | format: missing
          "name" : "mine"        | "name" : ""              | name: ''
          "name" : "mine"        | "name" : null            | name: null (expected: a text)
          "name" : "mine"        | "name" : {}              | name: {} (expected: a text)
          "config" :             | "conf" :                 | missing (expected: the fields of EncoderShape)
          "layers" : 2           | "layers" : 0             | num_hidden_layers: 0
          "layers" : 2           | "layers" : 2.5           | layers
          "layers" : 2           | "layers" : null          | layers
          "layers" : 2           | "lairs" : 2              | layers
          "class0"               | null                     | null
          "class0"               | "class1"                 | distinct
          "tiers" : {            | "tiers" : 3, "t" : {     | format: missing
          "threshold" : 0.5      | "threshold" : 0.4        | threshold: 0.4 (expected: 0.5 to 1.0
          "targets" :            | "target" :               | missing
          "id" : "there"         | "id" : "here"            | [here, here] (expected: distinct ids)
          "id" : "there"         | "id" : " "               | id of a target: empty
          "rowTile" : 6          | "rowTile" : 0            | rowTile: 0 (expected: >= 1)
          "requires" : [         | "r" : [                  | requires
          "precision" :          | "p" :                    | precision
          "float32"              | "float33"                | precision: float33 (expected: one of
          "device" : "cpu"       | "device" : "tpu"         | device: tpu (expected: one of
          "targets/there/k.so"   | "../../k.so"             | file name: '../../k.so' (expected: a plain relative
          "targets/there/k.so"   | "/lib/libc.so.6"         | file name: '/lib/libc.so.6' (expected: a plain
          "targets/there/k.so"   | "a/../../k.so"           | file name: 'a/../../k.so' (expected: a plain
          """)
  void open_manifestValueThatCannotBe_isRefusedWithItsReason(String good, String bad, String reason)
      throws IOException {
    Path manifest = directory.resolve(Manifest.FILE);
    String text = Files.readString(manifest);
    assertThat(text).contains(good);
    Files.writeString(manifest, text.replace(good, bad));
    sumAgain();

    assertRefused(manifest, reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "{", "{}", "{\"format\": 2}"})
  void open_manifestThatIsNone_isRefused(String json) throws IOException {
    Files.writeString(directory.resolve(Manifest.FILE), json);
    sumAgain();

    assertRefused(directory.resolve(Manifest.FILE), "");
  }

  @Test
  void open_albert_hasItsShapeAndRefusesAnother() throws IOException {
    Path manifest = directory.resolve(Manifest.FILE);
    ModelConfig albert = TinyArtifact.CONFIG.asAlbert(2);
    Manifest bert = Artifact.open(directory).manifest();
    assertThat(Files.readString(manifest)).doesNotContain("albert");
    new Manifest(bert.name(), bert.version(), albert, bert.tiers(), bert.targets())
        .write(directory);
    sumAgain();
    assertThat(Artifact.open(directory).manifest().config()).isEqualTo(albert);

    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"embeddingSize\" : 2", "\"embeddingSize\" : 5"));
    sumAgain();
    assertRefused(manifest, "embedding_size: 5 (expected: 1 to 4)");
    Files.writeString(manifest, text.replace("embeddingSize", "width"));
    sumAgain();
    assertRefused(manifest, "embeddingSize");
  }

  @Test
  void open_noTargets_isRefused() throws IOException {
    Path manifest = directory.resolve(Manifest.FILE);
    String text = Files.readString(manifest);
    Files.writeString(
        manifest, text.replaceFirst("(?s)\"targets\" : \\[.*\\]", "\"targets\" : []"));
    sumAgain();

    assertRefused(manifest, "targets: none (expected: at least one)");
  }

  @Test
  void open_kernelsThatAreNotThere_isRefused() throws IOException {
    Path manifest = directory.resolve(Manifest.FILE);
    Files.writeString(
        manifest, Files.readString(manifest).replace("targets/there/k.so", "targets/k.so"));
    sumAgain();

    assertRefused(directory.resolve(Sha256Sums.FILE), "does not list 'targets/k.so'");
  }

  @Test
  void open_noTokenizer_isRefused() throws IOException {
    Files.delete(directory.resolve(Tokenizer.VOCABULARY));
    Sha256Sums.of(
            directory, FILES.stream().filter(file -> !file.equals(Tokenizer.VOCABULARY)).toList())
        .write(directory);

    assertRefused(directory, "has neither tokenizer.json nor vocab.txt");
  }

  @Test
  void open_vocabularyOfALargerModel_isRefused() throws IOException {
    Path manifest = directory.resolve(Manifest.FILE);
    Files.writeString(
        manifest, Files.readString(manifest).replace("\"vocabSize\" : 97", "\"vocabSize\" : 24"));
    sumAgain();

    assertThat(TinyVocabulary.PIECES).hasSize(25);
    assertRefused(directory, "its tokenizer has ids up to 24 (expected: less than 24");
  }

  private void sumAgain() throws IOException {
    Sha256Sums.of(directory, FILES).write(directory);
  }

  private void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> Artifact.open(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(reason);
  }
}
