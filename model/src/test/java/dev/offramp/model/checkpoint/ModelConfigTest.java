package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.TextTooLongException;
import dev.offramp.model.text.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelConfigTest {
  private static final ModelConfig CONFIG =
      new ModelConfig(6, 24, 3, 96, 500, 64, 2, 1e-6, List.of("negative", "positive"));

  /* As Hugging Face's BertConfig writes it for BERT-base, defaults and nulls included. */
  private static final String HUGGING_FACE =
      """
      {
        "architectures": ["BertForMaskedLM"],
        "attention_probs_dropout_prob": 0.1,
        "classifier_dropout": null,
        "gradient_checkpointing": false,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 768,
        "initializer_range": 0.02,
        "intermediate_size": 3072,
        "is_decoder": false,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "model_type": "bert",
        "num_attention_heads": 12,
        "num_hidden_layers": 12,
        "pad_token_id": 0,
        "position_embedding_type": null,
        "type_vocab_size": 2,
        "use_cache": true,
        "vocab_size": 30522
      }
      """;

  @TempDir private Path directory;

  @Test
  void read_written_isTheSame() throws IOException {
    CONFIG.write(directory);

    assertThat(ModelConfig.read(directory)).isEqualTo(CONFIG);
  }

  @Test
  void read_huggingFaces_isBertBase() throws IOException {
    assertThat(read(HUGGING_FACE))
        .isEqualTo(
            new ModelConfig(
                12, 768, 12, 3072, 30_522, 512, 2, 1e-12, List.of("LABEL_0", "LABEL_1")));
  }

  @Test
  void read_labelsInAnyOrder_areThoseOfTheLogits() throws IOException {
    assertThat(with("\"id2label\": {\"1\": \"b\", \"0\": \"a\", \"2\": \"c\"},").labels())
        .containsExactly("a", "b", "c");
    assertThat(with("\"num_labels\": 3,").labels()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gelu_new", "gelu_pytorch_tanh", "relu", "silu", ""})
  void read_otherActivation_isRefused(String activation) {
    assertThatThrownBy(() -> read(HUGGING_FACE.replace("\"gelu\"", "\"" + activation + "\"")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "%s: hidden_act: \"%s\" (expected: \"gelu\"; other kinds cannot be run)",
            directory.resolve("config.json"), activation);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "model_type": "bert"            | "model_type": "gpt2"                         | model_type
          "model_type": "bert"            | "model_type": "xlm-roberta"                  | an XLM-RoBERTa is not taken
          "model_type": "bert"            | "model_type": {}                             | model_type
          "position_embedding_type": null | "position_embedding_type": "relative_key"    | position_embedding_type
          "is_decoder": false             | "is_decoder": true                           | is_decoder
          "hidden_size": 768              | "hidden_size": 770                           | num_attention_heads
          "hidden_size": 768              | "hidden_size": 768.0                         | hidden_size
          "hidden_size": 768              | "hidden_size": "768"                         | hidden_size
          "hidden_size": 768              | "hidden_size": null                          | hidden_size
          "hidden_size": 768              | "hidden_size": 12884901888                   | hidden_size
          "hidden_size": 768              | "hidden_size": 600000                        | hidden_size
          "hidden_size": 768              | "hidden_sise": 768                           | hidden_size: missing
          "num_hidden_layers": 12         | "num_hidden_layers": 0                       | num_hidden_layers: 0
          "num_hidden_layers": 12         | "num_hidden_layers": 2147483647              | num_hidden_layers
          "intermediate_size": 3072       | "intermediate_size": 2147483647              | intermediate_size
          "vocab_size": 30522             | "vocab_size": -1                             | vocab_size: -1
          "vocab_size": 30522             | "vocab_size": 100000000                      | vocab_size
          "max_position_embeddings": 512  | "max_position_embeddings": 100000000         | max_position_embeddings
          "type_vocab_size": 2            | "type_vocab_size": 100000000                 | type_vocab_size
          "layer_norm_eps": 1e-12         | "layer_norm_eps": "tiny"                     | layer_norm_eps
          "layer_norm_eps": 1e-12         | "layer_norm_eps": 0                          | layer_norm_eps
          "pad_token_id": 0               | "num_labels": 1                              | at least 2
          "pad_token_id": 0               | "num_labels": 1000000000                     | num_labels
          "pad_token_id": 0               | "num_labels": "many"                         | num_labels
          "pad_token_id": 0               | "id2label": {"0": "a"}                       | at least 2
          "pad_token_id": 0               | "id2label": {"0": "a", "2": "b"}             | without a gap
          "pad_token_id": 0               | "id2label": {"0": "a", "00": "b"}            | without a gap
          "pad_token_id": 0               | "id2label": {"0": "a", "one": "b"}           | without a gap
          "pad_token_id": 0               | "id2label": {"0": "a", "1": "a"}             | distinct
          "pad_token_id": 0               | "id2label": {"0": "a", "1": null}            | a name for each
          "pad_token_id": 0               | "id2label": {"0": "a", "1": {}}              | a name for each
          "pad_token_id": 0               | "id2label": ["a", "b"]                       | a name for each
          """)
  void read_valueThatCannotBe_isRefusedWithItsField(String good, String bad, String reason) {
    assertThat(HUGGING_FACE).contains(good);

    assertThatThrownBy(() -> read(HUGGING_FACE.replace(good, bad)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("config.json") + ": ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "7", "{}", "{\"a\": 1, \"a\": 2}"})
  void read_fileThatIsNoConfig_isRefused(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("config.json") + ": ");
  }

  @Test
  void read_noFile_isRefused() {
    assertThatThrownBy(() -> ModelConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(directory.resolve("config.json") + ": no such file");
  }

  @Test
  void headSize_config_isAShareOfTheHiddenSize() {
    assertThat(CONFIG.headSize()).isEqualTo(8);
    assertThat(CONFIG.classes()).isEqualTo(2);
  }

  @Test
  void requireFits_idsAndTypesThatHaveAnEmbedding_fit() {
    CONFIG.requireFits(EncodedText.of(new int[] {0, 499}, new int[] {0, 1}));
    CONFIG.requireFits(EncodedText.of(new int[64], new int[64]));
  }

  @Test
  void requireFits_beyond_isRefusedWithTheValueAndTheRange() {
    assertThatThrownBy(() -> CONFIG.requireFits(EncodedText.of(1, 500)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("token id of token 1: 500 (expected: 0 to 499)");
    assertThatThrownBy(() -> CONFIG.requireFits(EncodedText.of(-1)))
        .hasMessage("token id of token 0: -1 (expected: 0 to 499)");
    assertThatThrownBy(() -> CONFIG.requireFits(EncodedText.of(new int[1], new int[] {2})))
        .hasMessage("segment type of token 0: 2 (expected: 0 to 1)");
    assertThatThrownBy(() -> CONFIG.requireFits(EncodedText.of(new int[65], new int[65])))
        .isInstanceOf(TextTooLongException.class);
  }

  @Test
  void requireFitsTokenizer_moreIdsThanEmbeddings_isRefused() throws IOException {
    TinyVocabulary.write(directory);
    int pieces = TinyVocabulary.PIECES.size();

    config(pieces).requireFitsTokenizer(directory);
    assertThatThrownBy(() -> config(pieces - 1).requireFitsTokenizer(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("ids up to %d (expected: less than %d", pieces - 1, pieces - 1);
  }

  @Test
  void requireFitsTokenizer_embeddingsPadded_isAccepted() throws IOException {
    TinyVocabulary.write(directory);
    int greatest = TinyVocabulary.PIECES.size() + 1_024;

    config(greatest).requireFitsTokenizer(directory);
    assertThatThrownBy(() -> config(greatest + 1).requireFitsTokenizer(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("25 pieces (expected: about 1050");
  }

  private static ModelConfig config(int vocabSize) {
    return new ModelConfig(1, 4, 1, 4, vocabSize, 8, 2, 1e-12, List.of("a", "b"));
  }

  private ModelConfig with(String field) throws IOException {
    return read(HUGGING_FACE.replaceFirst("\\{", "{" + field));
  }

  private ModelConfig read(String json) throws IOException {
    Files.writeString(directory.resolve(ModelConfig.FILE), json);
    return ModelConfig.read(directory);
  }
}
