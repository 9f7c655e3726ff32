package dev.offramp.trainer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A WordPiece vocabulary learned from text.
 *
 * <p>Every word starts as its characters, those after the first marked {@code ##}. Again and again
 * the most frequent pair of neighbours becomes one piece, until the vocabulary is full or no pair
 * occurs often enough. Ties go to the pair that sorts first, so the same texts always give the same
 * vocabulary.
 *
 * <p>The order of the pieces, which is their ids: the special tokens, the characters sorted, then
 * the merged pieces from the most frequent merge to the least.
 *
 * <p>Source: the merges of Sennrich et al., 2016, on the pieces of Wu et al., 2016, over BERT's
 * uncased words.
 */
public final class WordPieceVocabulary {
  /** The tokens that every BERT vocabulary holds; their places here are their ids. */
  public static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

  /** Words longer than this many characters become {@code [UNK]} in BERT, so they teach nothing. */
  private static final int LONGEST_WORD = 100;

  private final int size;
  private final int minFrequency;
  private final List<List<String>> words = new ArrayList<>();
  private final List<Integer> frequencies = new ArrayList<>();
  private final Map<Pair, Long> counts = new HashMap<>();
  private final Map<Pair, Set<Integer>> occurrences = new HashMap<>();
  private final PriorityQueue<Candidate> candidates =
      new PriorityQueue<>(
          Comparator.comparingLong(Candidate::count).reversed().thenComparing(Candidate::pair));

  private WordPieceVocabulary(int size, int minFrequency) {
    this.size = size;
    this.minFrequency = minFrequency;
  }

  /**
   * Learns a vocabulary.
   *
   * @param texts the texts to learn from
   * @param size the most pieces the vocabulary may hold, special tokens included
   * @param minFrequency how often a pair must occur to become a piece
   * @return the pieces; a piece's index is its id
   */
  public static List<String> learn(Iterable<String> texts, int size, int minFrequency) {
    if (minFrequency < 1) {
      throw new IllegalArgumentException("minFrequency: " + minFrequency + " (expected: >= 1)");
    }
    var words = new TreeMap<String, Integer>();
    for (String text : texts) {
      for (String word : BasicTokens.of(text)) {
        if (word.codePointCount(0, word.length()) <= LONGEST_WORD) {
          words.merge(word, 1, Math::addExact);
        }
      }
    }
    return new WordPieceVocabulary(size, minFrequency).learn(words);
  }

  private List<String> learn(Map<String, Integer> wordCounts) {
    var alphabet = new TreeSet<String>();
    wordCounts.forEach((word, count) -> {
      List<String> pieces = characters(word);
      alphabet.addAll(pieces);
      words.add(pieces);
      frequencies.add(count);
    });
    var vocabulary = new ArrayList<>(SPECIAL);
    vocabulary.addAll(alphabet);
    if (vocabulary.size() > size) {
      throw new IllegalArgumentException(
          "size: %d (expected: >= %d, the special tokens and the characters of the text)"
              .formatted(size, vocabulary.size()));
    }
    for (int word = 0; word < words.size(); word++) {
      count(word, frequencies.get(word));
    }
    counts.forEach((pair, count) -> candidates.add(new Candidate(pair, count)));
    var known = new HashSet<>(vocabulary);
    while (vocabulary.size() < size) {
      Candidate best = candidates.poll();
      if (best == null || best.count < minFrequency) {
        break;
      }
      if (counts.getOrDefault(best.pair, 0L) == best.count) {
        merge(best.pair);
        if (known.add(best.pair.merged())) {
          vocabulary.add(best.pair.merged());
        }
      }
    }
    return List.copyOf(vocabulary);
  }

  /** Replaces a pair by its merged piece in every word, and recounts the pairs of those words. */
  private void merge(Pair pair) {
    var changed = new HashSet<Pair>();
    for (int word : new TreeSet<>(occurrences.getOrDefault(pair, Set.of()))) {
      changed.addAll(count(word, -frequencies.get(word)));
      words.set(word, merged(words.get(word), pair));
      changed.addAll(count(word, frequencies.get(word)));
    }
    for (Pair each : changed) {
      long count = counts.getOrDefault(each, 0L);
      if (count > 0) {
        candidates.add(new Candidate(each, count));
      }
    }
  }

  /** Adds a word's pairs to the counts, or takes them out when {@code frequency} is negative. */
  private List<Pair> count(int word, int frequency) {
    List<String> pieces = words.get(word);
    var pairs = new ArrayList<Pair>(pieces.size());
    for (int i = 0; i + 1 < pieces.size(); i++) {
      var pair = new Pair(pieces.get(i), pieces.get(i + 1));
      pairs.add(pair);
      counts.merge(pair, (long) frequency, Long::sum);
      Set<Integer> holders = occurrences.computeIfAbsent(pair, _ -> new HashSet<>());
      if (frequency > 0) {
        holders.add(word);
      } else {
        holders.remove(word);
      }
    }
    return pairs;
  }

  private static List<String> merged(List<String> pieces, Pair pair) {
    var result = new ArrayList<String>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      if (i + 1 < pieces.size()
          && pieces.get(i).equals(pair.left)
          && pieces.get(i + 1).equals(pair.right)) {
        result.add(pair.merged());
        i++;
      } else {
        result.add(pieces.get(i));
      }
    }
    return result;
  }

  private static List<String> characters(String word) {
    List<String> pieces = new ArrayList<>(word.codePoints().mapToObj(Character::toString).toList());
    for (int i = 1; i < pieces.size(); i++) {
      pieces.set(i, "##" + pieces.get(i));
    }
    return pieces;
  }

  private record Pair(String left, String right) implements Comparable<Pair> {
    String merged() {
      return left + right.substring(2);
    }

    @Override
    public int compareTo(Pair other) {
      int byLeft = left.compareTo(other.left);
      return byLeft != 0 ? byLeft : right.compareTo(other.right);
    }
  }

  /** A pair with the count it had when it was queued; stale once the count has changed. */
  private record Candidate(Pair pair, long count) {}
}
