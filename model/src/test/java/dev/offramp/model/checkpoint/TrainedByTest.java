package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TrainedByTest {
  private static final Checkpoint CHECKPOINT =
      RandomModels.checkpoint(RandomModels.config(3, 8, 2, 16, 2), new Random(1));
  private static final TrainedBy COSEE =
      new TrainedBy("COSEE", ExitSignal.LABEL_SCORE, 0.5, "a".repeat(64));

  @TempDir private Path root;
  private Path vocabulary;
  private Path directory;

  @BeforeEach
  void write() throws IOException {
    vocabulary = TinyVocabulary.write(Files.createDirectory(root.resolve("vocabulary")));
    directory = root.resolve("mine");
    CHECKPOINT.write(directory, vocabulary, Optional.of(COSEE));
  }

  @Test
  void read_written_isTheSame() {
    assertThat(TrainedBy.read(directory)).hasValue(COSEE);
  }

  @Test
  void read_ofACheckpointThatSaysNothing_isNothing() throws IOException {
    CHECKPOINT.write(directory, vocabulary);
    assertThat(TrainedBy.read(directory)).isEmpty();
  }

  @Test
  void version_ofWhatItWasTrainedBy_isIndependent() throws IOException {
    String version = Checkpoint.version(directory);
    CHECKPOINT.write(directory, vocabulary);
    assertThat(Checkpoint.version(directory)).isEqualTo(version);
  }

  @Test
  void readCheckpoint_afterTheFileWasChanged_isRefusedWithItsName() throws IOException {
    Path file = directory.resolve(TrainedBy.FILE);
    Files.writeString(file, Files.readString(file).replace("0.5", "0.6"));
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("trained-by.json: damaged");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"objective\": \"SUM\", \"signal\": \"energy\"}",
        "{\"objective\": \"SUM\", \"signal\": \"sureness\", \"temperature\": 1, \"textsSha256\": \"a\"}",
        "{\"objective\": \"SUM\", \"signal\": \"energy\", \"temperature\": 1}",
        "{\"objective\": \"SUM\", \"signal\": \"energy\", \"temperature\": 0, \"textsSha256\": \"a\"}",
        "{\"objective\": \"SUM\", \"signal\": \"energy\", \"temperature\": \"1\", \"textsSha256\": \"a\"}"
      })
  void read_anythingElse_isRefusedWithTheFile(String text) throws IOException {
    Files.writeString(directory.resolve(TrainedBy.FILE), text);
    assertThatThrownBy(() -> TrainedBy.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("trained-by.json");
  }
}
