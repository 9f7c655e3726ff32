package dev.offramp.model.text;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads what matters to a model from a {@code tokenizer.json} that another program wrote. */
final class TokenizerDescription {
  private TokenizerDescription() {}

  /** One more than the largest id. */
  static int vocabSize(Path file) {
    JsonNode json = Json.readTree(file);
    JsonNode vocabulary = json.path("model").path("vocab");
    // A Unigram model lists its pieces by rising id, all others give each its id.
    int size = vocabulary.isArray() ? vocabulary.size() : 0;
    for (var entry : vocabulary.properties()) {
      size = Math.max(size, after(file, entry.getKey(), entry.getValue()));
    }
    for (JsonNode token : json.path("added_tokens")) {
      size = Math.max(size, after(file, token.path("content").toString(), token.path("id")));
    }
    if (size == 0) {
      throw new ModelFormatException(file, "has no model.vocab (expected: a tokenizer's)");
    }
    return size;
  }

  /**
   * Whether words are all that matters of a plain text: it is cut as BERT's are, and no special
   * token in it is without a bracket.
   */
  static boolean cutsAsBert(String description) {
    JsonNode json;
    try {
      json = Json.mapper().readTree(description);
    } catch (JacksonException e) {
      return false; // The library has read it; what words it makes is not for us to know.
    }
    return isType(json.path("normalizer"), "BertNormalizer")
        && isType(json.path("pre_tokenizer"), "BertPreTokenizer")
        && isType(json.path("model"), "WordPiece")
        && json.path("added_tokens")
            .valueStream()
            .map(token -> token.path("content").asString(""))
            .allMatch(content -> content.indexOf('[') >= 0 || content.indexOf(']') >= 0);
  }

  private static boolean isType(JsonNode part, String type) {
    return part.path("type").asString("").equals(type);
  }

  private static int after(Path file, String piece, JsonNode id) {
    if (!id.isInt() || id.asInt() < 0 || id.asInt() == Integer.MAX_VALUE) {
      throw new ModelFormatException(
          file, "id of '" + piece + "': " + id + " (expected: an integer >= 0)");
    }
    return id.asInt() + 1;
  }
}
