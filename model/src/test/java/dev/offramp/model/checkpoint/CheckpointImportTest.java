package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.reference.RandomModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointImportTest {
  private static final ModelConfig CONFIG = RandomModels.config(3, 8, 2, 16, 3);
  private static final Checkpoint CHECKPOINT = RandomModels.checkpoint(CONFIG, new Random(1));

  @TempDir private Path directory;

  @Test
  void shapes_reference_areCoseesNames() {
    assertThat(TensorNames.shapes(CONFIG).keySet())
        .contains(
            "bert.embeddings.word_embeddings.weight",
            "bert.embeddings.LayerNorm.bias",
            "bert.encoder.layer.0.attention.self.query.weight",
            "bert.encoder.layer.2.attention.output.LayerNorm.weight",
            "bert.encoder.layer.2.intermediate.dense.bias",
            "bert.encoder.layer.1.output.dense.weight",
            "bert.pooler.dense.weight",
            "bert.encoder.highway.0.classifier.weight",
            "bert.encoder.highway.1.classifier.bias",
            "classifier.weight",
            "classifier.bias")
        .doesNotContain("bert.encoder.highway.2.classifier.weight")
        .hasSize(5 + 3 * 16 + 2 + 3 * 2);
  }

  @Test
  void read_referencesNames_isComplete() throws IOException {
    save(name -> name);

    CheckpointTest.assertSame(Checkpoint.read(directory), CHECKPOINT);
  }

  @Test
  void readPartial_plainBert_lacksTheInternalExitsAlone() throws IOException {
    save(name -> name.contains(".highway.") ? "" : name);

    Checkpoint partial = Checkpoint.readPartial(directory);

    assertThat(partial.missing())
        .containsExactly(
            "bert.encoder.highway.0.classifier.weight",
            "bert.encoder.highway.0.classifier.bias",
            "bert.encoder.highway.1.classifier.weight",
            "bert.encoder.highway.1.classifier.bias");
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("model.safetensors") + ": ")
        .hasMessageContaining("lacks 4 tensors, 'bert.encoder.highway.0.classifier.weight' first")
        .hasMessageContaining("can start a training run, not be served");
  }

  @Test
  void readPartial_bareEncoder_lacksAllExits() throws IOException {
    save(name -> name.contains("classifier") ? "" : name.substring("bert.".length()));

    Checkpoint partial = Checkpoint.readPartial(directory);

    assertThat(partial.missing()).hasSize(6).allMatch(name -> name.contains("classifier."));
    partial
        .tensors()
        .forEach((name, tensor) ->
            assertThat(tensor.values()).as(name).isEqualTo(CHECKPOINT.tensor(name).values()));
  }

  @Test
  void read_gammaAndBeta_areWeightAndBias() throws IOException {
    save(name ->
        name.replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta"));

    CheckpointTest.assertSame(Checkpoint.read(directory), CHECKPOINT);
  }

  @Test
  void read_tensorsThatTheModelDoesNotHave_areLeftOut() throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    tensors.put("bert.embeddings.position_ids", Tensor.of(new float[4], 1, 4));
    tensors.put("cls.predictions.bias", Tensor.of(new float[] {Float.NaN}, 1));
    save(tensors);

    CheckpointTest.assertSame(Checkpoint.read(directory), CHECKPOINT);
  }

  @Test
  void readPartial_namesOfAnotherKind_areRefusedNotReplacedByChance() throws IOException {
    save(name -> "model." + name);

    assertStartRefused("lacks tensor 'bert.embeddings.word_embeddings.weight' and ");
    assertStartRefused(" tensors, such as 'model.bert.");
  }

  @Test
  void readPartial_fewerLayersThanTheConfig_areRefused() throws IOException {
    save(name -> name.startsWith("bert.encoder.layer.2.") ? "" : name);

    assertStartRefused(
        "lacks tensor 'bert.encoder.layer.2.attention.self.query.weight' and 15 more");
  }

  @Test
  void readPartial_moreLayersThanTheConfig_areRefused() throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    tensors.put("bert.encoder.layer.3.output.dense.bias", Tensor.of(new float[8], 8));
    save(tensors);

    assertStartRefused(
        "tensor 'bert.encoder.layer.3.output.dense.bias' is of layer 4 (expected: 1 to 3 by"
            + " config.json)");
  }

  @Test
  void readPartial_anExitsOwnPooler_isRefused() throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    tensors.put("bert.encoder.highway.0.pooler.dense.bias", Tensor.of(new float[8], 8));
    save(tensors);

    assertStartRefused("'bert.encoder.highway.0.pooler.dense.bias' is an exit's own pooler");
  }

  @Test
  void read_anExitOfTheLastLayerBesideTheClassifier_isLeftOut() throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    tensors.put("bert.encoder.highway.2.classifier.bias", Tensor.of(new float[3], 3));
    save(tensors);

    CheckpointTest.assertSame(Checkpoint.read(directory), CHECKPOINT);
  }

  private void assertStartRefused(String reason) {
    assertThatThrownBy(() -> Checkpoint.readPartial(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("model.safetensors") + ": ")
        .hasMessageContaining(reason);
  }

  @Test
  void read_tensorUnderTwoNames_isRefused() throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    tensors.put("pooler.dense.bias", tensors.get("bert.pooler.dense.bias"));
    save(tensors);

    assertRefused("tensor 'pooler.dense.bias' is there under another name too");
  }

  @Test
  void read_tensorOfAnotherShape_isRefusedWithBoth() throws IOException {
    var tensors = new LinkedHashMap<>(CHECKPOINT.tensors());
    tensors.put("classifier.weight", Tensor.of(new float[24], 8, 3));
    save(tensors);

    assertRefused("tensor 'classifier.weight' has shape [8, 3] (expected: [3, 8] by config.json)");
  }

  @Test
  void read_configOfAnotherSize_isRefused() throws IOException {
    save(name -> name);
    RandomModels.config(3, 16, 2, 16, 3).write(directory);

    assertRefused("word_embeddings.weight' has shape [97, 8] (expected: [97, 16]");
  }

  @Test
  void read_noWeights_isRefused() throws IOException {
    CONFIG.write(directory);

    assertRefused("no such file");
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(() -> Checkpoint.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("model.safetensors") + ": ")
        .hasMessageContaining(reason);
  }

  /* Saves the checkpoint as another program would: no checksums, names of its own; "" is left out. */
  private void save(UnaryOperator<String> rename) throws IOException {
    var tensors = new LinkedHashMap<String, Tensor>();
    CHECKPOINT.tensors().forEach((name, tensor) -> tensors.put(rename.apply(name), tensor));
    tensors.remove("");
    save(tensors);
  }

  private void save(SequencedMap<String, Tensor> tensors) throws IOException {
    CONFIG.write(directory);
    SafetensorsWriter.write(directory.resolve("model.safetensors"), tensors, Map.of());
  }
}
