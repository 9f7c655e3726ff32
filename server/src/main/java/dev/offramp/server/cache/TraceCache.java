package dev.offramp.server.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Weigher;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/*
 * What is stored is not an answer but the trace: the logits of every exit that the text passed. A
 * rule looks at nothing but the trace, so a trace answers every rule that lets the text go within
 * it, whatever its signal, threshold or temperature, with exactly what the model would have said. A
 * stricter rule finds the trace too short. Then the text goes on from the hidden rows at its end, if
 * they are still there, and its longer trace takes the shorter one's place. A trace that reached the
 * last exit answers everything, and needs no rows.
 *
 * Rows are hundreds of times as large as traces: 60 KB for 20 tokens of BERT-base, next to 200 bytes.
 * In one bound they would push out the traces, which save far more. So rows have a bound of their
 * own, and may go before their trace does.
 */

/**
 * The traces of texts seen lately, and the hidden rows where they end; each bounded in bytes.
 *
 * <p>Threading: safe for all threads.
 */
public final class TraceCache {

  /** Rows, and the depth at which they are. */
  @SuppressWarnings("ArrayRecordComponent") // Nothing compares rows.
  private record Rows(int depth, float[] values) {}

  /* Key, text, their array headers, and the node and table slots of Caffeine and its map, about. */
  private static final int ENTRY_BYTES = 200;
  private static final int TOKEN_BYTES = 2 * Integer.BYTES;

  private final Cache<TextKey, Trace> traces;
  private final Cache<TextKey, Rows> rows;
  private final boolean keepsRows;
  private final LongAdder hits = new LongAdder();
  private final LongAdder partialHits = new LongAdder();
  private final LongAdder coalesced = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /** An empty cache. */
  public TraceCache(CacheSettings settings) {
    traces = cache(settings, settings.traceBytes(), (key, trace) -> bytes(key, trace.bytes()));
    rows =
        cache(
            settings,
            settings.rowBytes(),
            (key, stored) -> bytes(key, (long) Float.BYTES * stored.values().length));
    keepsRows = settings.rowBytes() > 0 && settings.traceBytes() > 0;
  }

  private static <V> Cache<TextKey, V> cache(
      CacheSettings settings, long bytes, Weigher<TextKey, V> weigher) {
    var builder =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher(weigher)
            // The default pool runs the upkeep on carriers of virtual threads; it is short.
            .executor(Runnable::run)
            .recordStats();
    settings.timeToLive().ifPresent(builder::expireAfterWrite);
    return builder.build();
  }

  /** What is known of a text, for this rule. */
  public Found find(TextKey key, ExitRule rule) {
    Trace trace = traces.getIfPresent(key);
    if (trace == null) {
      return new Found.Miss();
    }
    return trace
        .exit(rule)
        .<Found>map(exit -> new Found.Hit(exit, trace))
        .orElseGet(() -> partial(key, trace));
  }

  private Found partial(TextKey key, Trace trace) {
    Rows stored = rows.getIfPresent(key);
    // Two computations of a text may have kept traces and rows of different lengths.
    return stored == null || stored.depth() != trace.depth()
        ? new Found.Miss()
        : new Found.Partial(trace, stored.values());
  }

  /** Whether hidden rows are worth handing in. */
  public boolean keepsRows() {
    return keepsRows;
  }

  /**
   * Remembers a trace, unless a longer one is known.
   *
   * @param end {@code [T, H]} at the trace's last exit, the cache's own from now on
   */
  public void put(TextKey key, Trace trace, float @Nullable [] end) {
    Trace kept =
        traces
            .asMap()
            .merge(key, trace, (known, found) -> found.depth() > known.depth() ? found : known);
    if (kept.depth() > trace.depth()) {
      return;
    }
    if (end != null && keepsRows && trace.depth() < trace.layers()) {
      rows.put(key, new Rows(trace.depth(), end));
    } else {
      rows.invalidate(key);
    }
  }

  /** Counts how a request fared. */
  void count(Found found) {
    switch (found) {
      case Found.Hit _ -> hits.increment();
      case Found.Partial _ -> partialHits.increment();
      case Found.Miss _ -> misses.increment();
    }
  }

  void countCoalesced() {
    coalesced.increment();
  }

  /** Forgets all texts of one loading of a model: nobody can ask for them any more. */
  public void drop(long modelId) {
    traces.asMap().keySet().removeIf(key -> key.modelId() == modelId);
    rows.asMap().keySet().removeIf(key -> key.modelId() == modelId);
  }

  /** What it did so far, and what it holds. */
  public CacheStatistics statistics() {
    traces.cleanUp();
    rows.cleanUp();
    return new CacheStatistics(
        hits.sum(),
        partialHits.sum(),
        coalesced.sum(),
        misses.sum(),
        traces.stats().evictionCount(),
        traces.estimatedSize(),
        weight(traces),
        weight(rows));
  }

  private static long weight(Cache<?, ?> cache) {
    return cache.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
  }

  private static int bytes(TextKey key, long value) {
    return Math.toIntExact(ENTRY_BYTES + (long) TOKEN_BYTES * key.text().length() + value);
  }
}
