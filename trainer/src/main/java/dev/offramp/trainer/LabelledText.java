package dev.offramp.trainer;

/**
 * A text and the class it belongs to.
 *
 * @param text the text, without white space at its ends
 * @param label the class's name as its file writes it
 */
public record LabelledText(String text, String label) {
  public LabelledText {
    if (text.isBlank()) {
      throw new IllegalArgumentException("text: blank (expected: at least one visible character)");
    }
    if (label.isBlank()) {
      throw new IllegalArgumentException("label: blank (expected: the name of a class)");
    }
  }
}
