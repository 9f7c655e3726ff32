package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.trainer.data.DataFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluatorTest {
  private static final List<String> TEXTS =
      List.of("a fine film", "no good", "fine", "a film , a good film , a fine good film , good .");

  @TempDir Path directory;
  private Path model = Path.of("");

  /** A random model of ten positions with its own vocabulary. */
  @BeforeEach
  void writeModel() throws IOException {
    List<String> pieces = WordPieceVocabulary.learn(TEXTS, 40, 1);
    Files.write(directory.resolve(Tokenizer.VOCABULARY), pieces);
    var config = new ModelConfig(3, 16, 2, 16, pieces.size(), 10, 2, 1e-12, List.of("bad", "good"));
    model = directory.resolve("model");
    RandomModels.checkpoint(config, new Random(3)).write(model, directory);
  }

  @Test
  void evaluate_labelledFile_recordsTheReferencesTracesAndCountsCutTexts() throws IOException {
    Path file = directory.resolve("texts.tsv");
    Files.writeString(file, String.join("\tgood\n", TEXTS) + "\tbad\n");
    Evaluation evaluation = Evaluator.evaluate(model, EvaluationTexts.read(file));
    assertThat(evaluation.labels()).contains(List.of(1, 1, 1, 0));
    assertThat(evaluation.cut()).isEqualTo(1);
    var reference = new ReferenceModel(Checkpoint.read(model));
    try (Tokenizer tokenizer = Tokenizer.load(model, 10)) {
      for (int i = 0; i < TEXTS.size(); i++) {
        assertThat(evaluation.traces().get(i).logits(3))
            .as(TEXTS.get(i))
            .containsExactly(
                reference.trace(tokenizer.encode(TEXTS.get(i), null, true)).logits(3),
                within(5e-5f));
      }
    }
  }

  @Test
  void evaluate_labelsThatAreNumbersThemselves_areTheModelsNamesFirst() throws IOException {
    int pieces = ModelConfig.read(model).vocabSize();
    var config =
        new ModelConfig(3, 16, 2, 16, pieces, 10, 2, 1e-12, List.of("1", "2", "3", "4", "5"));
    Path stars = directory.resolve("stars");
    RandomModels.checkpoint(config, new Random(3)).write(stars, directory);
    Path names = Files.writeString(directory.resolve("names.tsv"), "fine\t1\nno good\t4\n");
    assertThat(Evaluator.evaluate(stars, EvaluationTexts.read(names)).labels())
        .as("nobody gave five stars")
        .contains(List.of(0, 3));
    Path numbers = Files.writeString(directory.resolve("numbers.tsv"), "fine\t0\nno good\t4\n");
    assertThatThrownBy(() -> Evaluator.evaluate(stars, EvaluationTexts.read(numbers)))
        .isInstanceOf(DataFormatException.class)
        .hasMessage(
            numbers + ", line 1: label '0' (expected: one of the model's, [1, 2, 3, 4, 5])");
  }

  @Test
  void evaluate_modelWhoseNumbersOverflow_isRefusedWithTheTextAndTheExit() throws IOException {
    Checkpoint good = Checkpoint.read(model);
    var tensors = new LinkedHashMap<>(good.tensors());
    // All that is pooled is 1, and the second exit adds up sixteen times the greatest number.
    tensors.replaceAll(
        (name, tensor) -> name.endsWith("pooler.dense.bias") ? filled(tensor, 50) : tensor);
    tensors.replaceAll((name, tensor) ->
        name.endsWith(".1.classifier.weight") ? filled(tensor, Float.MAX_VALUE) : tensor);
    Path wild = directory.resolve("wild");
    new Checkpoint(good.config(), tensors).write(wild, model);
    Path file = Files.write(directory.resolve("texts.txt"), TEXTS);
    assertThatThrownBy(() -> Evaluator.evaluate(wild, EvaluationTexts.read(file)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("exit 2 answers line 1 of " + file)
        .hasMessageContaining("its training diverged");
  }

  private static Tensor filled(Tensor tensor, float value) {
    var values = new float[tensor.values().length];
    Arrays.fill(values, value);
    return new Tensor(tensor.shape(), values);
  }

  @Test
  void evaluate_unlabelledFile_hasTracesAndNoLabels() throws IOException {
    Path file =
        Files.write(directory.resolve("texts.txt"), List.of("text", "a fine film", "", "no"));
    Evaluation evaluation = Evaluator.evaluate(model, EvaluationTexts.read(file));
    assertThat(evaluation.traces()).hasSize(2);
    assertThat(evaluation.labels()).isEqualTo(Optional.empty());
  }

  @Test
  void evaluate_labelThatTheModelLacks_isRefusedWithThoseItKnows() throws IOException {
    Path file = Files.writeString(directory.resolve("texts.tsv"), "a fine film\tmeh\n");
    assertThatThrownBy(() -> Evaluator.evaluate(model, EvaluationTexts.read(file)))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("label 'meh' (expected: one of the model's, [bad, good]");
  }

  @Test
  void evaluate_pairs_recordsTheReferencesTracesOfPairs() throws IOException {
    Path file = directory.resolve("pairs.tsv");
    Files.write(
        file,
        List.of(
            "id\tquestion1\tquestion2\tis_duplicate",
            "0\tfine\tno good\t1",
            "1\tno good\ta fine film , a good film , good\t0"));
    RecordedTraces recorded = Evaluator.record(model, EvaluationTexts.read(file));
    assertThat(recorded.metric()).isEqualTo(Metric.F1);
    Evaluation evaluation = recorded.evaluation();
    assertThat(evaluation.labels()).contains(List.of(1, 0));
    assertThat(evaluation.cut()).isEqualTo(1);
    var reference = new ReferenceModel(Checkpoint.read(model));
    try (Tokenizer tokenizer = Tokenizer.load(model, 10)) {
      assertThat(evaluation.traces().getFirst().logits(3))
          .containsExactly(
              reference.trace(tokenizer.encode("fine", "no good", true)).logits(3), within(5e-5f));
      assertThat(evaluation.traces().getLast().logits(3))
          .containsExactly(
              reference
                  .trace(tokenizer.encode("no good", "a fine film , a good film , good", true))
                  .logits(3),
              within(5e-5f));
    }
  }

  @Test
  void evaluate_pairForAModelOfOneTokenType_isRefusedWithItsLine() throws IOException {
    ModelConfig two = ModelConfig.read(model);
    var one = new ModelConfig(3, 16, 2, 16, two.vocabSize(), 10, 1, 1e-12, List.of("bad", "good"));
    Path single = directory.resolve("single");
    RandomModels.checkpoint(one, new Random(3)).write(single, directory);
    Path file =
        Files.writeString(directory.resolve("p.jsonl"), "{\"text\":\"fine\",\"pair\":\"good\"}\n");
    assertThatThrownBy(() -> Evaluator.evaluate(single, EvaluationTexts.read(file)))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("p.jsonl, line 1: a pair, and the model has 1 token type(s)");
    assertThat(Evaluator.evaluate(model, EvaluationTexts.read(file)).traces()).hasSize(1);
  }

  @Test
  void evaluate_textWithoutAWord_isRefusedWithItsLine() throws IOException {
    Path file = Files.writeString(directory.resolve("texts.tsv"), "a film\t1\n\u0001\t0\n");
    assertThatThrownBy(() -> Evaluator.evaluate(model, EvaluationTexts.read(file)))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("texts.tsv, line 2: text: ");
  }

  @Test
  void requireLabels_unknownOne_isRefusedWithItsLine() throws IOException {
    Path file = Files.writeString(directory.resolve("texts.tsv"), "a film\tgood\na\tmeh\n");
    EvaluationTexts texts = EvaluationTexts.read(file);
    assertThatThrownBy(() -> Evaluator.requireLabels(model, texts))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("texts.tsv, line 2: label 'meh' (expected: one of the model's");
  }

  @Test
  void evaluate_classNumbers_areTheModelsClassesInTheirOrder() throws IOException {
    Path file = Files.writeString(directory.resolve("texts.tsv"), "a film\t1\na plot\t0\n");
    Evaluation evaluation = Evaluator.evaluate(model, EvaluationTexts.read(file));
    assertThat(evaluation.labels()).contains(List.of(1, 0));
  }
}
