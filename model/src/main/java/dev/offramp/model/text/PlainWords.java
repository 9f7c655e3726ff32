package dev.offramp.model.text;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/*
 * The tokenizers library takes longer over a short text than a server does over all the rest of a
 * call that the cache answers. BERT's pipeline cuts a text into words, at white space and around
 * punctuation, and what a word becomes depends on nothing but the word. So a text of words that were
 * seen before needs no library: its pieces are those of its words, one after another.
 *
 * What a word becomes is not known here. It is learned from what the library made of a text in which
 * the word stood. Only texts of printable ASCII and white space are taken, since for them where words
 * begin and end is plain; and none with a bracket, since special tokens, "[SEP]", may stand in it.
 */

/**
 * The pieces of words seen lately, for tokenizers that cut texts as BERT's does.
 *
 * <p>Threading: safe for all threads. Bounded: {@value #MOST_WORDS} words of at most {@value
 * #LONGEST_WORD} characters.
 */
final class PlainWords {
  private static final int MOST_WORDS = 1 << 15;
  private static final int LONGEST_WORD = 64;

  private final Cache<String, int[]> pieces =
      Caffeine.newBuilder().maximumSize(MOST_WORDS).executor(Runnable::run).build();

  /** The pieces of a text, {@code [P]}; null if it is not plain, or has a word not seen lately. */
  int @Nullable [] find(String text) {
    var found = new int[text.length()]; // A piece is a character at least.
    int count = 0;
    for (int begin = next(text, 0); begin < text.length(); ) {
      int end = end(text, begin);
      int[] word = end < 0 ? null : pieces.getIfPresent(text.substring(begin, end));
      if (word == null) {
        return null;
      }
      System.arraycopy(word, 0, found, count, word.length);
      count += word.length;
      begin = next(text, end);
    }
    return Arrays.copyOf(found, count);
  }

  /**
   * Remembers what the library made of a text, if that is plain.
   *
   * @param ids {@code [T]}
   * @param words {@code [T]}, the number of each token's word in its part
   * @param parts {@code [T]}, the part of each token
   * @param part which of them the text is
   */
  void learn(String text, int[] ids, int[] words, int[] parts, int part) {
    int token = 0;
    int word = 0;
    for (int begin = next(text, 0); begin < text.length(); word++) {
      int end = end(text, begin);
      if (end < 0) {
        return;
      }
      while (token < ids.length && parts[token] != part) {
        token++;
      }
      int first = token;
      while (token < ids.length && parts[token] == part && words[token] == word) {
        token++;
      }
      if (token == first) {
        return; // The library cut the text otherwise.
      }
      if (end - begin <= LONGEST_WORD) {
        pieces.put(text.substring(begin, end), Arrays.copyOfRange(ids, first, token));
      }
      begin = next(text, end);
    }
  }

  /** Where the next word begins, or the text's end. */
  private static int next(String text, int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Where a word that begins here ends, or -1 if it has something in it that is not plain. */
  private static int end(String text, int begin) {
    if (isPunctuation(text.charAt(begin))) {
      return text.charAt(begin) == '[' || text.charAt(begin) == ']' ? -1 : begin + 1;
    }
    int at = begin;
    while (at < text.length() && !isSpace(text.charAt(at)) && !isPunctuation(text.charAt(at))) {
      if (text.charAt(at) < ' ' || text.charAt(at) > '~') {
        return -1;
      }
      at++;
    }
    return at;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isPunctuation(char c) {
    return (c >= '!' && c <= '/')
        || (c >= ':' && c <= '@')
        || (c >= '[' && c <= '`')
        || (c >= '{' && c <= '~');
  }
}
