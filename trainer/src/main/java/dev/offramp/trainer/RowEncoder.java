package dev.offramp.trainer;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.trainer.data.DataFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Encodes the rows of a file, and names the row that cannot be. */
record RowEncoder(Path file, Tokenizer tokenizer, ModelConfig config) {
  /** Encodes a text or a pair; what does not fit is cut. */
  EncodedText encode(String text, Optional<String> pair, long line) {
    try {
      EncodedText encoded = tokenizer.encode(text, pair.orElse(null), true);
      int types = Arrays.stream(encoded.types()).max().orElse(0) + 1;
      if (types > config.typeVocabSize()) {
        throw new DataFormatException(
            file,
            line,
            "a pair, and the model has %d token type(s) (expected: single texts, or a model with %d)"
                .formatted(config.typeVocabSize(), types));
      }
      return encoded;
    } catch (IllegalArgumentException e) {
      throw new DataFormatException(file, line, String.valueOf(e.getMessage()));
    }
  }
}
