package dev.offramp.model.text;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.nio.file.Path;
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

  private static int after(Path file, String piece, JsonNode id) {
    if (!id.isInt() || id.asInt() < 0 || id.asInt() == Integer.MAX_VALUE) {
      throw new ModelFormatException(
          file, "id of '" + piece + "': " + id + " (expected: an integer >= 0)");
    }
    return id.asInt() + 1;
  }
}
