package dev.offramp.trainer;

import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Texts with some tokens to be guessed.
 *
 * <p>Of the tokens chosen, four in five are hidden behind {@code [MASK]}, one in ten becomes any
 * other piece, and one in ten stays, so that a model must understand words that it sees too. Every
 * text has at least one.
 *
 * <p>Source: Devlin et al., 2019, section 3.1 and appendix A.1.
 *
 * @param texts the texts as the model gets them
 * @param places {@code [K]}: which tokens were chosen, as indices into a batch {@code [B, L]}
 * @param words {@code [K]}: the ids that stood there
 */
@SuppressWarnings("ArrayRecordComponent") // Lives for one step, inside this package.
record MaskedWords(List<EncodedText> texts, int[] places, int[] words) {
  private static final double HIDDEN = 0.8;
  private static final double SWAPPED = 0.1;

  /**
   * Chooses the tokens.
   *
   * @param rate the share of a text's tokens to choose, special ones left out: its first and last,
   *     and those like them in between, which separate the texts of a pair
   * @param maskId the id of {@code [MASK]}
   * @param vocabSize the ids to swap in
   */
  static MaskedWords of(
      List<EncodedText> whole, double rate, int maskId, int vocabSize, RandomGenerator random) {
    int length = whole.stream().mapToInt(EncodedText::length).max().orElse(0);
    var texts = new ArrayList<EncodedText>(whole.size());
    var places = new ArrayList<Integer>();
    var replaced = new ArrayList<Integer>();
    for (int row = 0; row < whole.size(); row++) {
      int[] ids = whole.get(row).ids();
      int[] words = Words.of(ids);
      // Chosen whatever the draws say; a text of special tokens alone has none to choose.
      int sure = words.length > 0 ? words[random.nextInt(words.length)] : -1;
      for (int t : words) {
        if (random.nextDouble() < rate || t == sure) {
          places.add(row * length + t);
          replaced.add(ids[t]);
          double fate = random.nextDouble();
          if (fate < HIDDEN) {
            ids[t] = maskId;
          } else if (fate < HIDDEN + SWAPPED) {
            ids[t] = random.nextInt(vocabSize);
          }
        }
      }
      texts.add(EncodedText.of(ids, whole.get(row).types()));
    }
    return new MaskedWords(texts, ints(places), ints(replaced));
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
