package dev.offramp.trainer;

import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.trainer.data.DataFormatException;
import java.nio.file.Path;
import java.util.Optional;

/** Encodes the rows of a file, and names the row that cannot be. */
record RowEncoder(Path file, Tokenizer tokenizer) {
  /** Encodes a text or a pair; what does not fit is cut. */
  EncodedText encode(String text, Optional<String> pair, long line) {
    try {
      return tokenizer.encode(text, pair.orElse(null), true);
    } catch (IllegalArgumentException e) {
      throw new DataFormatException(file, line, String.valueOf(e.getMessage()));
    }
  }
}
