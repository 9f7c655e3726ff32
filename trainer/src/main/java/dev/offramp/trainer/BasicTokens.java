package dev.offramp.trainer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits text into the words that WordPiece cuts further, as BERT's uncased models do.
 *
 * <p>Control characters go, white space becomes one space, ideographs stand alone, letters become
 * lower case without accents, and every punctuation mark is a word of its own.
 *
 * <p>Source: Devlin et al., 2019, the released code's basic tokenization.
 */
final class BasicTokens {
  private BasicTokens() {}

  static List<String> of(String text) {
    String plain = Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    plain
        .codePoints()
        .forEach(c -> {
          if (isSpace(c)) {
            flush(word, words);
          } else if (isPunctuation(c) || Character.isIdeographic(c)) {
            flush(word, words);
            words.add(Character.toString(c));
          } else if (!isDropped(c)) {
            word.appendCodePoint(c);
          }
        });
    flush(word, words);
    return words;
  }

  private static void flush(StringBuilder word, List<String> words) {
    if (!word.isEmpty()) {
      words.add(word.toString());
      word.setLength(0);
    }
  }

  private static boolean isSpace(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.getType(c) == Character.SPACE_SEPARATOR;
  }

  private static boolean isDropped(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.NON_SPACING_MARK ->
          true;
      default -> c == 0 || c == 0xFFFD;
    };
  }

  private static boolean isPunctuation(int c) {
    // BERT counts all of ASCII that is neither letter, digit nor space, such as '$' and '`'.
    if ((c >= 33 && c <= 47)
        || (c >= 58 && c <= 64)
        || (c >= 91 && c <= 96)
        || (c >= 123 && c <= 126)) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }
}
