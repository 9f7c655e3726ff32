package dev.offramp.trainer;

import dev.offramp.trainer.data.TextRow;
import java.util.Optional;

/**
 * A text, or a pair of sentences, and the class it belongs to.
 *
 * @param text the text, or the first sentence, without white space at its ends
 * @param pair the second sentence of a pair
 * @param label the class's name as its file writes it
 * @param line the number of its line in the file, the first being 1; 0 if it has none
 */
public record LabelledText(String text, Optional<String> pair, String label, long line) {
  public LabelledText {
    if (text.isBlank() || pair.filter(String::isBlank).isPresent()) {
      throw new IllegalArgumentException("text: blank (expected: at least one visible character)");
    }
    if (label.isBlank()) {
      throw new IllegalArgumentException("label: blank (expected: the name of a class)");
    }
  }

  /** A text that is no pair, from nowhere. */
  public LabelledText(String text, String label) {
    this(text, Optional.empty(), label, 0);
  }

  static LabelledText of(TextRow row) {
    return new LabelledText(row.text(), row.pair(), row.label().orElseThrow(), row.line());
  }
}
