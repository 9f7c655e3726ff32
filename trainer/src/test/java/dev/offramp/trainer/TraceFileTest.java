package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {
  private static final Evaluation EVALUATION = SyntheticTraces.evaluation(37, 5, 3, 31);

  @TempDir Path directory;

  @Test
  void read_written_isTheSame_withAndWithoutLabels() throws IOException {
    var unlabelled =
        new Evaluation(5, EVALUATION.names(), EVALUATION.traces(), Optional.empty(), 4);
    for (Evaluation evaluation : new Evaluation[] {EVALUATION, unlabelled}) {
      RecordedTraces recorded = recorded(evaluation);
      Path file = directory.resolve("new/traces.safetensors");
      TraceFile.write(file, recorded);
      assertThat(TraceFile.read(file)).isEqualTo(recorded);
    }
  }

  @Test
  void read_ofAModelThatSaysWhatItWasTrainedBy_saysItToo() throws IOException {
    Path file = directory.resolve("traces.safetensors");
    RecordedTraces silent = recorded(EVALUATION);
    assertThat(silent.signal()).isEqualTo(ExitSignal.ENERGY);
    assertThat(silent.temperature()).isEqualTo(1);
    var trained = new TrainedBy("COSEE", ExitSignal.LABEL_SCORE, 1.5, "c".repeat(64));
    TraceFile.write(
        file,
        new RecordedTraces(
            EVALUATION,
            silent.source(),
            silent.textsSha256(),
            silent.checkpointSha256(),
            silent.precision(),
            silent.metric(),
            Optional.of(trained)));
    RecordedTraces read = TraceFile.read(file);
    assertThat(read.trainedBy()).hasValue(trained);
    assertThat(read.signal()).isEqualTo(ExitSignal.LABEL_SCORE);
    assertThat(read.temperature()).isEqualTo(1.5);

    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    String other = text.replace("\"label_score\"", "\"label_scor3\"");
    assertThat(other).isNotEqualTo(text);
    Files.write(file, other.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TraceFile.read(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("trained by: signal: 'label_scor3' (expected: one of [energy");
  }

  @Test
  void read_anyByteOfTheNumbersChanged_isRefusedOrAnotherTrace() throws IOException {
    Path file = directory.resolve("traces.safetensors");
    TraceFile.write(file, recorded(EVALUATION));
    byte[] whole = Files.readAllBytes(file);
    // The highest byte of a logit: its sign and most of its exponent.
    int logit = whole.length - 4 * 37 - 4 * 37 * 5 * 3 - 4 * 37 * 5 * 3 + 3;
    whole[logit] ^= 0x40;
    Files.write(file, whole);
    assertThatThrownBy(() -> TraceFile.read(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("damaged: text 0, exit 1: energy");
  }

  @Test
  void read_otherVersionOrLabel_isRefused() throws IOException {
    Path file = directory.resolve("traces.safetensors");
    TraceFile.write(file, recorded(EVALUATION));
    byte[] whole = Files.readAllBytes(file);
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    String later = text.replace("\"version\":\"1\"", "\"version\":\"9\"");
    assertThat(later).isNotEqualTo(text);
    Files.write(file, later.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TraceFile.read(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("version: 9 (expected: 1");
    whole[whole.length - 4] = 3;
    Files.write(file, whole);
    assertThatThrownBy(() -> TraceFile.read(file))
        .hasMessageContaining("label of text 36: 3 (expected: 0 to 2)");
  }

  @Test
  void read_cutShortOrForeign_isRefused() throws IOException {
    Path file = directory.resolve("traces.safetensors");
    TraceFile.write(file, recorded(EVALUATION));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 101) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> TraceFile.read(file)).isInstanceOf(ModelFormatException.class);
    }
    Files.writeString(file, "text\tlabel\n");
    assertThatThrownBy(() -> TraceFile.read(file)).isInstanceOf(ModelFormatException.class);
  }

  private static RecordedTraces recorded(Evaluation evaluation) {
    return new RecordedTraces(
        evaluation, "dev.tsv", "a".repeat(64), "b".repeat(64), RecordedTraces.FLOAT32);
  }
}
