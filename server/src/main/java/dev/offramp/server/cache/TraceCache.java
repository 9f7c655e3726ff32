package dev.offramp.server.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
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

  /**
   * What is remembered of a text.
   *
   * @param where the rows at the trace's end are, or {@link RowStore#NOWHERE}
   * @param length how many values they have
   */
  private record Entry(Trace trace, long where, int length) {}

  /* Key, text, their array headers, and the node and table slots of Caffeine and its map, about. */
  private static final int ENTRY_BYTES = 200;
  private static final int TOKEN_BYTES = 2 * Integer.BYTES;

  private final Cache<TextKey, Entry> entries;
  private final RowStore rows;
  private final boolean keepsRows;
  private final LongAdder hits = new LongAdder();
  private final LongAdder partialHits = new LongAdder();
  private final LongAdder coalesced = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /** An empty cache. */
  public TraceCache(CacheSettings settings) {
    entries = cache(settings);
    rows = new RowStore(settings.rowBytes());
    keepsRows = settings.rowBytes() > 0 && settings.traceBytes() > 0;
  }

  private static Cache<TextKey, Entry> cache(CacheSettings settings) {
    var builder =
        Caffeine.newBuilder()
            .maximumWeight(settings.traceBytes())
            .weigher((TextKey key, Entry entry) -> bytes(key, entry))
            // The default pool runs the upkeep on carriers of virtual threads; it is short.
            .executor(Runnable::run)
            .recordStats();
    settings.timeToLive().ifPresent(builder::expireAfterWrite);
    return builder.build();
  }

  /** The answer to a text by this rule, if its trace reaches as far. */
  public Optional<Found.Hit> hit(TextKey key, ExitRule rule) {
    Entry entry = entries.getIfPresent(key);
    return entry == null ? Optional.empty() : hit(entry, rule);
  }

  /** What is known of a text, for this rule. */
  public Found find(TextKey key, ExitRule rule) {
    Entry entry = entries.getIfPresent(key);
    return entry == null
        ? new Found.Miss()
        : hit(entry, rule).<Found>map(Function.identity()).orElseGet(() -> partial(key, entry));
  }

  private static Optional<Found.Hit> hit(Entry entry, ExitRule rule) {
    return entry.trace().exit(rule).map(exit -> new Found.Hit(exit, entry.trace()));
  }

  private Found partial(TextKey key, Entry entry) {
    float[] stored = rows.get(key, entry.where(), entry.length());
    return stored == null ? new Found.Miss() : new Found.Partial(entry.trace(), stored);
  }

  /** Whether hidden rows are worth handing in. */
  public boolean keepsRows() {
    return keepsRows;
  }

  /**
   * Remembers a trace, unless a longer one is known.
   *
   * @param end {@code [T, H]} at the trace's last exit; copied
   */
  public void put(TextKey key, Trace trace, float @Nullable [] end) {
    var entry =
        end != null && keepsRows && trace.depth() < trace.layers()
            ? new Entry(trace, rows.put(key, end), end.length)
            : new Entry(trace, RowStore.NOWHERE, 0);
    entries
        .asMap()
        .merge(
            key,
            entry,
            (known, found) -> found.trace().depth() < known.trace().depth() ? known : found);
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
    entries.asMap().keySet().removeIf(key -> key.modelId() == modelId);
  }

  /** What it did so far, and what it holds. */
  public CacheStatistics statistics() {
    entries.cleanUp();
    return new CacheStatistics(
        hits.sum(),
        partialHits.sum(),
        coalesced.sum(),
        misses.sum(),
        entries.stats().evictionCount(),
        entries.estimatedSize(),
        entries.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L),
        rows.bytes());
  }

  private static int bytes(TextKey key, Entry entry) {
    return Math.toIntExact(
        ENTRY_BYTES + (long) TOKEN_BYTES * key.text().length() + entry.trace().bytes());
  }
}
