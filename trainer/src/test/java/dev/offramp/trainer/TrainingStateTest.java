package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingStateTest {
  private static final TrainingState STATE =
      new TrainingState(
          "seed 1",
          17,
          new SignalRange(0.1, 0.9),
          new SignalRange(0.2, 0.3),
          1.25,
          new float[][] {{1, -2.5f, Float.MIN_VALUE}, {0, 0, 3}, {4, 5, 6}});

  @TempDir Path directory;

  @Test
  void write_thenRead_givesTheSame() {
    Path file = directory.resolve("state.bin");
    STATE.write(file);
    TrainingState read = TrainingState.read(file);
    assertThat(read).usingRecursiveComparison().isEqualTo(STATE);
  }

  @Test
  void write_overAnOlderState_replacesItAndLeavesNothingElse() throws IOException {
    Path file = directory.resolve("state.bin");
    new TrainingState("seed 1", 1, SignalRange.UNIT, null, 0, new float[][] {{1}}).write(file);
    STATE.write(file);
    assertThat(TrainingState.read(file).step()).isEqualTo(17);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void write_fullDisk_keepsTheOlderStateAndLeavesNothingElse() throws IOException {
    Path file = directory.resolve("state.bin");
    STATE.write(file);
    FullDisk.at(directory.resolve("state.bin.part"));
    var next = new TrainingState("seed 1", 18, SignalRange.UNIT, null, 0, new float[][] {{1}});
    assertThatThrownBy(() -> next.write(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot write the training state")
        .hasMessageContaining("No space left on device");
    assertThat(TrainingState.read(file)).usingRecursiveComparison().isEqualTo(STATE);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void read_anyTruncation_isRefused() throws IOException {
    Path file = directory.resolve("state.bin");
    STATE.write(file);
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> TrainingState.read(file))
          .as("%d bytes", length)
          .isInstanceOf(TrainingStateException.class)
          .hasMessageContaining("damaged")
          .hasMessageContaining("Delete the directory");
    }
  }

  @Test
  void read_anyFlippedByte_isRefused() throws IOException {
    Path file = directory.resolve("state.bin");
    STATE.write(file);
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= 0x40;
      Files.write(file, flipped);
      assertThatThrownBy(() -> TrainingState.read(file))
          .as("byte %d", i)
          .isInstanceOf(TrainingStateException.class)
          .hasMessageContaining("damaged");
    }
  }
}
