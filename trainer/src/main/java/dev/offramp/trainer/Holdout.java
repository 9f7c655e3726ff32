package dev.offramp.trainer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Texts split into those to learn from and those set aside.
 *
 * <p>Only whole texts are set aside: rows that are no part of another row, as phrases of a sentence
 * are. Rows that occur in texts set aside and nowhere else leave with them, so that nothing set
 * aside is learned in pieces. A pair of sentences is one text; its sentences may also be part of
 * other pairs.
 *
 * @param training what remains to learn from, in the given order
 * @param heldOut what is set aside
 */
record Holdout(List<LabelledText> training, List<LabelledText> heldOut) {
  private static final String BETWEEN = "\u0000";
  private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

  Holdout {
    training = List.copyOf(training);
    heldOut = List.copyOf(heldOut);
  }

  static Holdout split(List<LabelledText> rows, int count, long seed) {
    if (count == 0) {
      return new Holdout(rows, List.of());
    }
    var known = new Rows(rows);
    List<LabelledText> whole = whole(rows, known);
    if (count >= whole.size()) {
      throw new IllegalArgumentException(
          "holdout: %d (expected: < %d, the whole texts of the file)"
              .formatted(count, whole.size()));
    }
    Collections.shuffle(whole, new Random(seed));
    var kept = new HashSet<Long>();
    for (LabelledText text : whole.subList(count, whole.size())) {
      known.addParts(words(text), kept);
    }
    List<LabelledText> training =
        rows.stream().filter(row -> kept.contains(hash(words(row)))).toList();
    return new Holdout(training, whole.subList(0, count));
  }

  /** The rows that are no part of another, longest first. */
  private static List<LabelledText> whole(List<LabelledText> rows, Rows known) {
    List<LabelledText> longestFirst = new ArrayList<>(rows);
    longestFirst.sort(Comparator.comparingInt((LabelledText row) -> words(row).length).reversed());
    var spans = new HashSet<Long>();
    var whole = new ArrayList<LabelledText>();
    for (LabelledText row : longestFirst) {
      String[] words = words(row);
      if (!spans.contains(hash(words))) {
        whole.add(row);
        known.addParts(words, spans);
      }
    }
    return whole;
  }

  /** What is known of all rows: their hashes, and how many words they have. */
  private static final class Rows {
    private final Set<Long> hashes = new HashSet<>();
    private final TreeSet<Integer> lengths = new TreeSet<>();

    Rows(List<LabelledText> rows) {
      for (LabelledText row : rows) {
        String[] words = words(row);
        hashes.add(hash(words));
        lengths.add(words.length);
      }
    }

    /**
     * Notes which rows are a part of a row, itself too: of its spans only those that are rows, to
     * bound memory, and none that is longer than the next shorter row, to bound time.
     */
    void addParts(String[] row, Set<Long> parts) {
      parts.add(hash(row));
      Integer longest = lengths.lower(row.length);
      if (longest == null) {
        return;
      }
      for (int from = 0; from < row.length; from++) {
        long hash = 0;
        for (int to = from; to < Math.min(row.length, from + longest); to++) {
          hash = extend(hash, row[to]);
          if (hashes.contains(hash)) {
            parts.add(hash);
          }
        }
      }
    }
  }

  private static long hash(String[] words) {
    long hash = 0;
    for (String word : words) {
      hash = extend(hash, word);
    }
    return hash;
  }

  /**
   * FNV-1a over a word's characters and a separator, with 64 bits: spans do not collide in
   * practice.
   */
  private static long extend(long hash, String word) {
    long result = hash == 0 ? 0xcbf29ce484222325L : hash;
    for (int i = 0; i < word.length(); i++) {
      result = (result ^ word.charAt(i)) * 0x100000001b3L;
    }
    return (result ^ ' ') * 0x100000001b3L;
  }

  /* Between the sentences of a pair stands what no word can be. */
  private static String[] words(LabelledText row) {
    String whole =
        row.pair().map(pair -> row.text() + " " + BETWEEN + " " + pair).orElse(row.text());
    return WHITE_SPACE.split(whole);
  }
}
