package dev.offramp.model.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsFile;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AlbertImportTest {
  private static final long SEED = 42;

  @TempDir private Path directory;

  @Test
  void readPartial_albert_sharesOneLayerAndLacksExits() throws IOException {
    AlbertDirectory.write(directory, "gelu", new SplittableRandom(SEED));

    Checkpoint imported = Checkpoint.readPartial(directory);

    assertThat(imported.config())
        .isEqualTo(
            new ModelConfig(
                    4,
                    16,
                    2,
                    20,
                    TinyVocabulary.PIECES.size(),
                    16,
                    2,
                    1e-12,
                    List.of("LABEL_0", "LABEL_1"))
                .asAlbert(6));
    assertThat(imported.missing()).hasSize(8).allMatch(name -> name.contains("classifier."));
    assertThat(imported.tensors()).hasSize(5 + 2 + 16 + 2);
  }

  @Test
  void readPartial_albert_hasEveryHiddenStepOfTheControl() throws IOException {
    // Both compute in double, so only the order of sums differs.
    requireControl("gelu", ReferenceModel::gelu, 1e-9);
  }

  /* The tanh form of GELU is run as the other one, which is close, and not the same. */
  @Test
  void readPartial_albertWithGeluNew_isCloseToTheControl() throws IOException {
    requireControl("gelu_new", EncoderControl::geluNew, 5e-3);
  }

  @Test
  void gelu_bothForms_areNeverFurtherApartThanTheDecisionSays() {
    double furthest = 0;
    for (double x = -10; x <= 10; x += 1e-3) {
      furthest = Math.max(furthest, Math.abs(ReferenceModel.gelu(x) - EncoderControl.geluNew(x)));
    }
    assertThat(furthest).isBetween(4e-4, 5e-4);
  }

  private void requireControl(String activation, DoubleUnaryOperator gelu, double tolerance)
      throws IOException {
    var random = new SplittableRandom(SEED);
    var tensors = AlbertDirectory.write(directory, activation, random);
    var control = new EncoderControl(tensors, AlbertDirectory.HEADS, AlbertDirectory.EPSILON);
    var model = new ReferenceModel(Checkpoint.readPartial(directory));
    for (int length : new int[] {1, 2, 7, AlbertDirectory.POSITIONS}) {
      int[] ids = random.ints(length, 0, TinyVocabulary.PIECES.size()).toArray();
      int[] types = random.ints(length, 0, 2).toArray();
      double[][][] expected = control.albert(ids, types, AlbertDirectory.LAYERS, gelu);

      double[][] x = model.embed(EncodedText.of(ids, types));
      String where = "seed " + SEED + ", length " + length;
      HiddenRows.requireClose(x, expected[0], tolerance, where + ", embeddings");
      for (int depth = 1; depth <= AlbertDirectory.LAYERS; depth++) {
        x = model.layer(x, depth);
        HiddenRows.requireClose(x, expected[depth], tolerance, where + ", depth " + depth);
      }
    }
  }

  @Test
  void write_albert_hasItsOwnNamesAndIsReadBack() throws IOException {
    Checkpoint checkpoint =
        RandomModels.checkpoint(RandomModels.config(3, 8, 2, 16, 3).asAlbert(4), new Random(SEED));
    Path out = directory.resolve("checkpoint");
    checkpoint.write(out, TinyVocabulary.write(directory));

    try (SafetensorsFile file = SafetensorsFile.open(out.resolve("model.safetensors"))) {
      assertThat(file.names())
          .contains(
              "albert.embeddings.word_embeddings.weight",
              "albert.encoder.embedding_hidden_mapping_in.bias",
              "albert.encoder.albert_layer_groups.0.albert_layers.0.attention.query.weight",
              "albert.encoder.albert_layer_groups.0.albert_layers.0.ffn_output.bias",
              "albert.encoder.highway.1.classifier.weight",
              "albert.pooler.weight",
              "classifier.bias")
          .noneMatch(name -> name.startsWith("bert."));
    }
    ModelConfig config = ModelConfig.read(out);
    assertThat(config).isEqualTo(checkpoint.config());
    // Its vocabulary is the tiny one, so the tensors are compared without it.
    Checkpoint read = Checkpoint.readPartial(withoutTokenizer(out));
    assertThat(read.missing()).isEmpty();
    checkpoint
        .tensors()
        .forEach((name, tensor) ->
            assertThat(read.tensor(name).values()).as(name).isEqualTo(tensor.values()));
  }

  private static Path withoutTokenizer(Path checkpoint) throws IOException {
    for (String file : List.of("vocab.txt", "SHA256SUMS")) {
      Files.delete(checkpoint.resolve(file));
    }
    return checkpoint;
  }

  @ParameterizedTest
  @ValueSource(strings = {"relu", "gelu_fast"})
  void read_otherActivation_isRefused(String activation) throws IOException {
    AlbertDirectory.writeConfig(directory, activation, 1);

    assertThatThrownBy(() -> ModelConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("hidden_act: \"" + activation + "\"");
  }

  @Test
  void read_severalGroups_isRefused() throws IOException {
    AlbertDirectory.writeConfig(directory, "gelu", 2);

    assertThatThrownBy(() -> ModelConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("num_hidden_groups: 2 (expected: 1");
  }
}
