package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.data.DataFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTextsTest {
  @SuppressWarnings("StringConcatToTextBlock") // Its tabs are to be seen.
  private static final String PAIRS =
      "index\tsentence1\tsentence2\tlabel\n"
          + "0\tit rains\tit is wet\tentailment\n1\tit rains\tit is dry\tnot_entailment\n"
          + "2\tit snows\tit is cold\tentailment\n3\tit snows\tit is hot\tnot_entailment\n"
          + "4\tsun\tit is \"hot\"\tentailment\n5\tsun\tit is dark\tnot_entailment\n";

  @TempDir Path directory;

  @Test
  void prepare_pairs_encodesBothSentencesAndSetsPairsAside() throws IOException {
    Path train = Files.writeString(directory.resolve("train.tsv"), PAIRS);
    TrainingTexts texts =
        prepare(new TrainerSettings.Data(train, Optional.of(train), 2, DataFormat.RTE));
    assertThat(texts.training()).hasSize(4);
    assertThat(texts.config().labels()).containsExactly("entailment", "not_entailment");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 24)) {
      EncodedText expected = tokenizer.encode("it rains", "it is wet", true);
      TrainingTexts.Example first = texts.dev().orElseThrow().getFirst();
      assertThat(first.text()).isEqualTo(expected);
      assertThat(first.label()).isZero();
    }
    EvaluationTexts heldOut = EvaluationTexts.read(texts.heldOutFile().orElseThrow());
    assertThat(heldOut.rows()).hasSize(2);
    assertThat(heldOut.rows())
        .allSatisfy(row ->
            assertThat(PAIRS)
                .contains(
                    "\t%s\t%s\t%s\n"
                        .formatted(
                            row.text(), row.pair().orElseThrow(), row.label().orElseThrow())));
  }

  @Test
  void prepare_textsWithTabsAndLineFeeds_areSetAsideWhole() throws IOException {
    var lines = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      lines.append("{\"text\":\"a\\tb\\n\\\"%d\\\"\",\"label\":%d}\n".formatted(i, i % 2));
    }
    Path train = Files.writeString(directory.resolve("train.jsonl"), lines);
    TrainingTexts texts = prepare(new TrainerSettings.Data(train, Optional.empty(), 2));
    assertThat(EvaluationTexts.read(texts.heldOutFile().orElseThrow()).texts())
        .hasSize(2)
        .allSatisfy(text -> assertThat(text).matches("a\tb\n\"\\d\""));
  }

  @Test
  void prepare_classWhoseTextsAreAllHeldOut_isRefused() throws IOException {
    Path train = Files.writeString(directory.resolve("train.tsv"), "a\tx\nb\ty\n");
    assertThatThrownBy(() -> prepare(new TrainerSettings.Data(train, Optional.empty(), 1)))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("no text of class '")
        .hasMessageContaining("is left to learn from");
  }

  @Test
  void prepare_devLabelThatTrainingLacks_isRefusedWithItsLineBeforeAnythingIsWritten()
      throws IOException {
    Path train = Files.writeString(directory.resolve("train.tsv"), "a\tx\nb\ty\nc\tx\nd\ty\n");
    Path dev = Files.writeString(directory.resolve("dev.tsv"), "a\tx\nb\tz\n");
    assertThatThrownBy(() -> prepare(new TrainerSettings.Data(train, Optional.of(dev), 1)))
        .isInstanceOf(DataFormatException.class)
        .hasMessage(dev + ", line 2: label 'z' (expected: one of the training file's, [x, y])");
    assertThat(directory.resolve(TrainingTexts.HELD_OUT_FILE)).doesNotExist();
  }

  @Test
  void prepare_oneClassOnly_isRefused() throws IOException {
    Path train = Files.writeString(directory.resolve("train.tsv"), "a\tx\nb\tx\n");
    assertThatThrownBy(() -> prepare(new TrainerSettings.Data(train, Optional.empty(), 0)))
        .hasMessageContaining("every label is 'x' (expected: at least 2 classes)");
  }

  private TrainingTexts prepare(TrainerSettings.Data data) throws IOException {
    TrainerSettings tiny =
        TinyData.settings(Files.createDirectories(directory.resolve("tiny")), "mine");
    return TrainingTexts.prepare(
        tiny.of(data, directory.resolve("out"), tiny.objective(), 1), directory);
  }
}
