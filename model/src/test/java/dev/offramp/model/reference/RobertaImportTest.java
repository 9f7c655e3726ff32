package dev.offramp.model.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.TinyByteLevel;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RobertaImportTest {
  private static final long SEED = 41;
  /* Both compute in double, so only the order of sums differs. */
  private static final double CLOSE = 1e-9;

  @TempDir private Path directory;

  @Test
  void readPartial_roberta_isABertOfOneTypeWithoutExits() throws IOException {
    RobertaDirectory.write(directory, false, new SplittableRandom(SEED));

    Checkpoint imported = Checkpoint.readPartial(directory);

    assertThat(imported.config())
        .isEqualTo(
            new ModelConfig(
                3, 12, 3, 20, TinyByteLevel.size(), 16, 1, 1e-5, List.of("LABEL_0", "LABEL_1")));
    assertThat(imported.missing()).hasSize(6).allMatch(name -> name.contains("classifier."));
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .hasMessageContaining("can start a training run, not be served");
  }

  @Test
  void readPartial_roberta_hasEveryHiddenStepOfTheControl() throws IOException {
    var random = new SplittableRandom(SEED);
    var tensors = RobertaDirectory.write(directory, false, random);
    var control = new EncoderControl(tensors, RobertaDirectory.HEADS, RobertaDirectory.EPSILON);
    var model = new ReferenceModel(Checkpoint.readPartial(directory));
    for (int length : new int[] {1, 2, 7, RobertaDirectory.POSITIONS}) {
      int[] ids = random.ints(length, 0, TinyByteLevel.size()).toArray();
      double[][][] expected = control.roberta(ids, RobertaDirectory.LAYERS, 1);

      double[][] x = model.embed(EncodedText.of(ids));
      HiddenRows.requireClose(
          x, expected[0], CLOSE, "seed " + SEED + ", length " + length + ", embeddings");
      for (int depth = 1; depth <= RobertaDirectory.LAYERS; depth++) {
        x = model.layer(x, depth);
        HiddenRows.requireClose(
            x, expected[depth], CLOSE, "seed " + SEED + ", length " + length + ", " + depth);
      }
    }
  }

  @Test
  void readPartial_classifier_keepsItsHeadAsPoolerAndLastExit() throws IOException {
    var random = new SplittableRandom(SEED);
    var tensors = RobertaDirectory.write(directory, true, random);
    Checkpoint imported = Checkpoint.readPartial(directory);
    double[][] row = {random.doubles(RobertaDirectory.HIDDEN, -1, 1).toArray()};
    var control = new EncoderControl(tensors, RobertaDirectory.HEADS, RobertaDirectory.EPSILON);
    double[][] expected =
        control.dense(
            EncoderControl.map(control.dense(row, "classifier.dense"), Math::tanh),
            "classifier.out_proj");

    double[] logits = new ReferenceModel(imported).exit(row[0], RobertaDirectory.LAYERS);

    HiddenRows.requireClose(new double[][] {logits}, expected, CLOSE, "seed " + SEED);
    assertThat(imported.missing()).hasSize(4).allMatch(name -> name.contains(".highway."));
  }

  @Test
  void write_imported_isReadAsTheBertItBecame(@TempDir Path written) throws IOException {
    RobertaDirectory.write(directory, true, new SplittableRandom(SEED));
    Checkpoint imported = Checkpoint.readPartial(directory);
    Path out = written.resolve("checkpoint");

    imported.write(out, directory);
    Checkpoint read = Checkpoint.readPartial(out);

    assertThat(read.config()).isEqualTo(imported.config());
    assertThat(read.tensors().keySet()).isEqualTo(imported.tensors().keySet());
    read.tensors()
        .forEach((name, tensor) ->
            assertThat(tensor.values()).as(name).isEqualTo(imported.tensor(name).values()));
    try (Tokenizer tokenizer = Tokenizer.load(out, read.config().maxPositions())) {
      read.config().requireFits(tokenizer.encode("good film", "bad film!", false));
    }
  }

  @Test
  void readPartial_positionsOfAnotherSize_areRefused() throws IOException {
    RobertaDirectory.write(directory, false, new SplittableRandom(SEED));
    RobertaDirectory.writeConfig(directory, RobertaDirectory.POSITIONS);
    assertRefused("position_embeddings.weight' has shape [16, 12] (expected: [14, 12]");
    RobertaDirectory.writeConfig(directory, 2);
    assertRefused("max_position_embeddings: 0 (expected: 1 to");
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(() -> Checkpoint.readPartial(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(reason);
  }
}
