package dev.offramp.model.text;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Describes BERT's WordPiece tokenizer over a {@code vocab.txt} in the tokenizers library's own
 * JSON.
 *
 * <p>Source: Devlin et al., 2019; the JSON's fields as {@code huggingface/tokenizers} documents
 * them.
 */
final class WordPieceDescription {
  private static final int MAX_WORD_CHARACTERS = 100;

  /* What slow tokenizers leave: RoBERTa's, ALBERT's, XLM-RoBERTa's. We have no reader for them. */
  private static final List<String> SLOW_FILES =
      List.of("vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model");

  private WordPieceDescription() {}

  /** The tokenizer over the vocabulary in {@code directory}. */
  static String read(Path directory) {
    return describe(vocabulary(directory), options(directory));
  }

  /** The ids of the pieces in {@code directory}, as many as pieces. */
  static Map<String, Integer> vocabulary(Path directory) {
    Path file = directory.resolve(Tokenizer.VOCABULARY);
    List<String> pieces;
    try {
      pieces = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new ModelFormatException(directory, missing(directory), e);
    } catch (IOException e) {
      throw new ModelFormatException(file, "cannot be read: " + e, e);
    }
    var vocabulary = new LinkedHashMap<String, Integer>();
    for (String piece : pieces) {
      if (vocabulary.putIfAbsent(piece, vocabulary.size()) != null) {
        throw new ModelFormatException(
            file, "line " + (vocabulary.size() + 1) + ": '" + piece + "' stands twice");
      }
    }
    Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]")
        .filter(special -> !vocabulary.containsKey(special))
        .findFirst()
        .ifPresent(special -> {
          throw new ModelFormatException(file, "has no " + special + " (expected: BERT's)");
        });
    return vocabulary;
  }

  private static String missing(Path directory) {
    List<String> slow =
        SLOW_FILES.stream().filter(file -> Files.exists(directory.resolve(file))).toList();
    return slow.isEmpty()
        ? "has neither " + Tokenizer.DESCRIPTION + " nor " + Tokenizer.VOCABULARY
        : "has of its tokenizer only %s (expected: %s, which the fast tokenizer writes: "
                .formatted(String.join(" and ", slow), Tokenizer.DESCRIPTION)
            + "AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR) in Hugging Face's library)";
  }

  /* Lower-casing strips accents too unless it is told not to, as in Hugging Face's BertTokenizer. */
  private static Map<String, Object> options(Path directory) {
    Path file = directory.resolve(Tokenizer.OPTIONS);
    JsonNode json = Files.exists(file) ? Json.readTree(file) : Json.mapper().createObjectNode();
    var normalizer = new LinkedHashMap<String, Object>();
    normalizer.put("type", "BertNormalizer");
    normalizer.put("clean_text", true);
    normalizer.put(
        "handle_chinese_chars", option(file, json, "tokenize_chinese_chars").orElse(true));
    normalizer.put("strip_accents", option(file, json, "strip_accents").orElse(null));
    normalizer.put("lowercase", option(file, json, "do_lower_case").orElse(true));
    return normalizer;
  }

  private static Optional<Boolean> option(Path file, JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      throw new ModelFormatException(
          file, field + ": " + value + " (expected: true, false or null)");
    }
    return Optional.of(value.asBoolean());
  }

  private static String describe(Map<String, Integer> vocabulary, Map<String, Object> normalizer) {
    var model = new LinkedHashMap<String, Object>();
    model.put("type", "WordPiece");
    model.put("unk_token", "[UNK]");
    model.put("continuing_subword_prefix", "##");
    model.put("max_input_chars_per_word", MAX_WORD_CHARACTERS);
    model.put("vocab", vocabulary);
    var description = new LinkedHashMap<String, Object>();
    description.put("version", "1.0");
    description.put(
        "added_tokens",
        Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
            .filter(vocabulary::containsKey)
            .map(special -> special(special, vocabulary))
            .toList());
    description.put("normalizer", normalizer);
    description.put("pre_tokenizer", Map.of("type", "BertPreTokenizer"));
    description.put(
        "post_processor",
        Map.of(
            "type", "BertProcessing",
            "sep", List.of("[SEP]", vocabulary.getOrDefault("[SEP]", 0)),
            "cls", List.of("[CLS]", vocabulary.getOrDefault("[CLS]", 0))));
    description.put("decoder", Map.of("type", "WordPiece", "prefix", "##", "cleanup", true));
    description.put("model", model);
    return Json.toText(description);
  }

  /*
   * Special tokens are matched in the text too, as Hugging Face does: a caller who writes "[SEP]"
   * gets the separator.
   */
  private static Map<String, Object> special(String token, Map<String, Integer> vocabulary) {
    var description = new LinkedHashMap<String, Object>();
    description.put("id", vocabulary.getOrDefault(token, 0));
    description.put("content", token);
    description.put("single_word", false);
    description.put("lstrip", false);
    description.put("rstrip", false);
    description.put("normalized", false);
    description.put("special", true);
    return description;
  }
}
