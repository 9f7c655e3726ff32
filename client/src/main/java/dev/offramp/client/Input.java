package dev.offramp.client;

import java.util.List;

/** What to classify. */
public sealed interface Input {

  /** One text, tokenized by the server. */
  record Text(String text) implements Input {}

  /** Two texts, for models trained on pairs. */
  record TextPair(String first, String second) implements Input {}

  /** A text as the model's own token ids, special tokens included, all of segment 0. */
  record TokenIds(List<Integer> ids) implements Input {
    public TokenIds {
      ids = List.copyOf(ids);
    }
  }
}
