package dev.offramp.server.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.Optional;

/*
 * What is stored is not an answer but the trace: the logits of every exit that the text passed. A
 * rule looks at nothing but the trace, so a trace answers every rule that lets the text go within
 * it, whatever its signal, threshold or temperature, with exactly what the model would have said. A
 * stricter rule finds the trace too short; the model then runs, and its longer trace takes the
 * shorter one's place. A trace that reached the last exit answers everything.
 */

/**
 * The traces of texts seen lately, bounded in bytes.
 *
 * <p>Threading: safe for all threads.
 */
public final class TraceCache {

  /** A text of one loading of a model: two loadings may run different kernels. */
  private record Key(long modelId, EncodedText text) {}

  /** A trace, and where a text leaves it by some rule. */
  public record Hit(Exit exit, Trace trace) {}

  /* Key, text, their array headers, and the node and table slots of Caffeine and its map, about. */
  private static final int ENTRY_BYTES = 200;
  private static final int TOKEN_BYTES = 2 * Integer.BYTES;

  private final Cache<Key, Trace> traces;

  /** A cache of at most this many bytes, about; 0 stores nothing. */
  public TraceCache(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("cache bytes: " + bytes + " (expected: >= 0)");
    }
    traces =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher(TraceCache::bytes)
            // The default pool runs the upkeep on carriers of virtual threads; it is short.
            .executor(Runnable::run)
            .recordStats()
            .build();
  }

  /** The answer to a text by a rule, if a trace of it reaches far enough. */
  public Optional<Hit> find(long modelId, EncodedText text, ExitRule rule) {
    Trace trace = traces.getIfPresent(new Key(modelId, text));
    return trace == null ? Optional.empty() : trace.exit(rule).map(exit -> new Hit(exit, trace));
  }

  /** Remembers a trace, unless a longer one is known. */
  public void put(long modelId, EncodedText text, Trace trace) {
    traces
        .asMap()
        .merge(
            new Key(modelId, text),
            trace,
            (known, found) -> found.depth() > known.depth() ? found : known);
  }

  /** Forgets all texts of one loading of a model: nobody can ask for them any more. */
  public void drop(long modelId) {
    traces.asMap().keySet().removeIf(key -> key.modelId == modelId);
  }

  /** Entries held, about. */
  public long size() {
    traces.cleanUp();
    return traces.estimatedSize();
  }

  private static int bytes(Key key, Trace trace) {
    return Math.toIntExact(ENTRY_BYTES + (long) TOKEN_BYTES * key.text.length() + trace.bytes());
  }
}
