package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.TinyVocabulary;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointTest {
  private static final ModelConfig CONFIG = RandomModels.config(3, 8, 2, 16, 2);
  private static final Checkpoint CHECKPOINT = RandomModels.checkpoint(CONFIG, new Random(1));

  @TempDir private Path root;
  private Path vocabulary;
  private Path directory;

  @BeforeEach
  void write() throws IOException {
    vocabulary = TinyVocabulary.write(Files.createDirectory(root.resolve("vocabulary")));
    directory = root.resolve("made/mine");
    CHECKPOINT.write(directory, vocabulary);
  }

  @Test
  void read_written_isTheSame() {
    assertSame(Checkpoint.read(directory), CHECKPOINT);
    assertThat(directory)
        .isDirectoryContaining("glob:**/vocab.txt")
        .isDirectoryContaining("glob:**/SHA256SUMS");
  }

  @Test
  void write_done_leavesNothingBesideIt() throws IOException {
    CHECKPOINT.write(directory, vocabulary);

    try (var entries = Files.list(directory.getParent())) {
      assertThat(entries).containsExactly(directory);
    }
  }

  @Test
  void write_overACheckpoint_replacesItWhole() throws IOException {
    Tiers.uncalibrated().write(directory);
    Checkpoint other = RandomModels.checkpoint(CONFIG, new Random(2));
    other.write(directory, directory); // Its own tokenizer's files stay.

    assertSame(Checkpoint.read(directory), other);
    assertThat(directory.resolve(Tiers.FILE)).doesNotExist(); // They were the old one's.
  }

  @Test
  void write_theSameModelAgain_keepsItsTiers() throws IOException {
    Files.writeString(directory.resolve(Tiers.FILE), "calibrated");
    CHECKPOINT.write(directory, directory);
    assertThat(directory.resolve(Tiers.FILE)).hasContent("calibrated");
  }

  @Test
  void write_overACheckpointThatHoldsSomethingElseToo_isRefusedAndTouchesNothing()
      throws IOException {
    Path notes = Files.writeString(directory.resolve("notes.md"), "dear");
    Checkpoint other = RandomModels.checkpoint(CONFIG, new Random(2));
    assertThatThrownBy(() -> other.write(directory, vocabulary))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("holds 'notes.md' too");
    assertThat(notes).hasContent("dear");
    assertSame(Checkpoint.read(directory), CHECKPOINT);
  }

  @Test
  void write_failure_keepsTheOldOneAndLeavesNothing() throws IOException {
    Path bad = Files.createDirectory(root.resolve("bad"));
    // A vocabulary that cannot be copied.
    Files.createSymbolicLink(bad.resolve(Tokenizer.VOCABULARY), vocabulary.resolve("nowhere"));
    Files.createDirectory(bad.resolve(Tokenizer.DESCRIPTION));
    Files.writeString(bad.resolve(Tokenizer.DESCRIPTION).resolve("x"), "x");
    Checkpoint other = RandomModels.checkpoint(CONFIG, new Random(2));

    assertThatThrownBy(() -> other.write(directory, bad)).isInstanceOf(IOException.class);

    assertSame(Checkpoint.read(directory), CHECKPOINT);
    try (var entries = Files.list(directory.getParent())) {
      assertThat(entries).containsExactly(directory);
    }
  }

  @Test
  void write_overSomethingElse_isRefusedAndTouchesNothing() throws IOException {
    Path home = Files.createDirectory(root.resolve("home"));
    Path letter = Files.writeString(home.resolve("letter.txt"), "dear");

    assertThatThrownBy(() -> CHECKPOINT.write(home, vocabulary))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("is not a checkpoint");
    assertThatThrownBy(() -> CHECKPOINT.write(letter, vocabulary))
        .isInstanceOf(FileAlreadyExistsException.class);

    assertThat(letter).hasContent("dear");
  }

  @Test
  void write_intoAnEmptyDirectory_fillsIt() throws IOException {
    Path empty = Files.createDirectory(root.resolve("empty"));
    CHECKPOINT.write(empty, vocabulary);

    assertSame(Checkpoint.read(empty), CHECKPOINT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "vocab.txt"})
  void read_anyFileFlippedOrCutOrGone_isRefusedWithItsName(String name) throws IOException {
    Path file = directory.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    for (int at : new int[] {0, whole.length / 2, whole.length - 1}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 4;
      Files.write(file, damaged);
      assertRefused(file, "damaged");
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertRefused(file, "damaged");
    Files.delete(file);
    assertRefused(file, "cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "vocab.txt"})
  void read_checksumTakenOut_isRefused(String name) throws IOException {
    Path sums = directory.resolve(Sha256Sums.FILE);
    Files.write(
        sums, Files.readAllLines(sums).stream().filter(line -> !line.endsWith(name)).toList());

    assertRefused(sums, "does not list '" + name + "'");
  }

  @Test
  void read_noChecksums_isReadAsAForeignOne() throws IOException {
    Files.delete(directory.resolve(Sha256Sums.FILE));

    assertSame(Checkpoint.read(directory), CHECKPOINT);
  }

  @Test
  void read_tiersBesideIt_areNoPartOfIt() throws IOException {
    String version = Checkpoint.version(directory);
    Tiers.uncalibrated().write(directory);

    assertSame(Checkpoint.read(directory), CHECKPOINT);
    assertThat(Checkpoint.version(directory)).isEqualTo(version);
  }

  @Test
  void read_noDirectory_isRefused() {
    assertThatThrownBy(() -> Checkpoint.read(root.resolve("nowhere")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageEndingWith("nowhere: no such directory (expected: a checkpoint's directory)");
    assertThatThrownBy(() -> Checkpoint.read(directory.resolve(ModelConfig.FILE)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageEndingWith("config.json: is a file (expected: a checkpoint's directory)");
  }

  @Test
  void read_vocabularyOfALargerModel_isRefused() throws IOException {
    ModelConfig small =
        new ModelConfig(1, 4, 1, 4, TinyVocabulary.PIECES.size() - 1, 8, 2, 1e-12, CONFIG.labels());
    RandomModels.checkpoint(small, new Random(3)).write(directory, vocabulary);

    assertRefused(directory, "its tokenizer has ids up to 24 (expected: less than 24");
  }

  @Test
  void read_vocabularyCutShort_isRefused() throws IOException {
    ModelConfig large = new ModelConfig(1, 4, 1, 4, 2000, 8, 2, 1e-12, CONFIG.labels());
    RandomModels.checkpoint(large, new Random(3)).write(directory, vocabulary);

    assertRefused(directory, "its tokenizer has 25 pieces (expected: about 2000");
  }

  @Test
  void read_anArtifact_isRefusedAsOne() throws IOException {
    Path artifact = Files.createDirectories(directory.resolveSibling("mine.offramp"));
    Files.writeString(artifact.resolve("manifest.json"), "{}");

    assertThatThrownBy(() -> Checkpoint.read(artifact))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("mine.offramp: is an artifact (expected: the checkpoint");
  }

  @Test
  void read_configThatEndsTooSoon_isRefusedByLineAndColumn() throws IOException {
    CHECKPOINT.write(directory, vocabulary);
    Files.delete(directory.resolve("SHA256SUMS"));
    Files.writeString(directory.resolve("config.json"), "{\n  ");

    assertRefused(directory.resolve("config.json"), "(line 2, column");
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .hasMessageNotContainingAny("REDACTED", "\n");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void read_weightThatIsNoNumber_isRefusedWithItsPlace(float bad) throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    float[] bias = CHECKPOINT.tensor("classifier.bias").values().clone();
    bias[1] = bad;
    tensors.put("classifier.bias", Tensor.of(bias, 2));
    new Checkpoint(CONFIG, tensors).write(directory, vocabulary);

    assertRefused(
        directory.resolve(Checkpoint.WEIGHTS_FILE),
        "tensor 'classifier.bias' holds " + bad + " at 1");
  }

  @Test
  void version_sameContent_isTheSameWhereverItLies() throws IOException {
    Path elsewhere = root.resolve("elsewhere");
    CHECKPOINT.write(elsewhere, vocabulary);

    assertThat(Checkpoint.version(elsewhere))
        .isEqualTo(Checkpoint.version(directory))
        .matches("[0-9a-f]{12}");
  }

  /* Worked out with sha256sum. A change makes every artifact and tier file one of another version. */
  @Test
  void version_knownFiles_staysWhatItWas(@TempDir Path known) throws IOException {
    Files.writeString(known.resolve("config.json"), "config");
    Files.writeString(known.resolve("model.safetensors"), "weights");
    Files.writeString(known.resolve("vocab.txt"), "pieces");
    Files.writeString(known.resolve("tiers.json"), "not part of it");

    assertThat(Checkpoint.version(known)).isEqualTo("2fad94a97565");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "vocab.txt"})
  void version_anyFileChanged_isAnother(String name) throws IOException {
    String version = Checkpoint.version(directory);
    Path file = directory.resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);

    assertThat(Checkpoint.version(directory)).isNotEqualTo(version);
  }

  @Test
  void tensor_missing_isRefused() {
    assertThatThrownBy(() -> new Checkpoint(CONFIG, new LinkedHashMap<>()).tensor("x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 'x' is missing from the checkpoint");
  }

  private void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(reason);
  }

  static void assertSame(Checkpoint actual, Checkpoint expected) {
    assertThat(actual.config()).isEqualTo(expected.config());
    assertThat(actual.tensors().keySet()).isEqualTo(expected.tensors().keySet());
    expected
        .tensors()
        .forEach((name, tensor) ->
            assertThat(actual.tensor(name).values()).as(name).isEqualTo(tensor.values()));
  }
}
