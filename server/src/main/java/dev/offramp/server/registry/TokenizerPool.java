package dev.offramp.server.registry;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.text.Tokenizer;
import java.util.HashMap;
import java.util.Map;

/*
 * A version mostly has the vocabulary of the one before. A tokenizer of its own would know no word yet,
 * and just when a version takes over, each text would go to the tokenizers library, which takes longer
 * over it than the server does over all the rest of a call.
 */

/**
 * Tokenizers, one for all models whose tokenizer's files and longest texts are the same.
 *
 * <p>Threading: safe for all threads; who releases waits for no load. Ownership: a tokenizer lives
 * until all who hold it have released it.
 */
final class TokenizerPool {

  private record Key(String digest, int maxTokens) {}

  private static final class Shared {
    final Tokenizer tokenizer;
    int holders;

    Shared(Tokenizer tokenizer) {
      this.tokenizer = tokenizer;
    }
  }

  /** Guarded by this object's lock, which is never held while one is loaded or closed. */
  private final Map<Key, Shared> tokenizers = new HashMap<>();

  /**
   * The tokenizer of an artifact, which the caller releases.
   *
   * @throws dev.offramp.model.io.ModelFormatException if its files cannot be used
   */
  Tokenizer hold(Artifact artifact) {
    int maxTokens = artifact.manifest().config().maxPositions();
    var key = new Key(artifact.tokenizerDigest(), maxTokens);
    synchronized (this) {
      Shared known = tokenizers.get(key);
      if (known != null) {
        known.holders++;
        return known.tokenizer;
      }
    }
    Tokenizer loaded = Tokenizer.load(artifact.directory(), maxTokens);
    Shared shared;
    synchronized (this) {
      shared = tokenizers.computeIfAbsent(key, _ -> new Shared(loaded));
      shared.holders++;
    }
    if (shared.tokenizer != loaded) {
      loaded.close(); // Another was faster.
    }
    return shared.tokenizer;
  }

  /** Ends a hold; the last one closes the tokenizer. */
  void release(Tokenizer tokenizer) {
    synchronized (this) {
      Shared shared =
          tokenizers.values().stream()
              .filter(one -> one.tokenizer == tokenizer)
              .findAny()
              .orElseThrow(() -> new IllegalStateException("a tokenizer that nobody holds"));
      if (--shared.holders > 0) {
        return;
      }
      tokenizers.values().remove(shared);
    }
    tokenizer.close();
  }
}
