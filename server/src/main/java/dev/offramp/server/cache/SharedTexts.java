package dev.offramp.server.cache;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/*
 * Three places may know of a text: the traces of those that have ended, the passages of those on
 * their way, and the engine, which can compute it. A request looks in that order. For one key this
 * happens under the lock of its entry in the map of passages, so that of many equal texts at once
 * exactly one is computed: the others find its passage, or, once it has ended, its trace, which is
 * kept before the passage leaves the map. One that cannot be joined, since it is queued behind those
 * whom a call goes before or has too many callers, gives its place to a second.
 */

/**
 * Answers texts from what is known, from what is on its way, or by the engine; each text in flight
 * is computed once, but for one that a call of higher priority finds queued.
 *
 * <p>Threading: safe for all threads.
 */
public final class SharedTexts {

  /** What became of a request. */
  public sealed interface Outcome {
    /** A stored trace answers it. */
    record Known(Found.Hit hit) implements Outcome {}

    /** Its caller will hear, or has heard; another request had the same text computed. */
    record Joined() implements Outcome {}

    /** It was offered to the engine; its caller will hear if it was accepted. */
    record Offered(Engine.Offer offer) implements Outcome {}
  }

  /** How a text is to be computed if it has to be. */
  public interface Computation {
    /**
     * Offers a passage to the engine.
     *
     * @param resumed whether it goes on from stored rows
     */
    Engine.Offer offer(Passage passage, boolean resumed);

    /** Takes note that the caller joined a passage that was offered before. */
    void joined(Passage passage);
  }

  private final TraceCache cache;
  private final ConcurrentHashMap<TextKey, Passage> passages = new ConcurrentHashMap<>();

  /** Over a cache of traces. */
  public SharedTexts(TraceCache cache) {
    this.cache = cache;
  }

  /**
   * Answers a caller, or sees to it that it will be answered.
   *
   * @param rule the caller's
   * @param caller may be told before this returns, on the calling thread
   * @param flow where the request comes from
   */
  public Outcome answer(
      TextKey key,
      ExitRule rule,
      Caller caller,
      Priority priority,
      Object flow,
      Computation computation) {
    Optional<Found.Hit> first = cache.hit(key, rule);
    if (first.isPresent()) {
      cache.count(first.get());
      return new Outcome.Known(first.get());
    }
    var outcome = new Outcome[1];
    var told = new Runnable[1];
    var joined = new Passage[1];
    passages.compute(
        key,
        (_, underway) -> {
          told[0] = underway == null ? null : underway.join(caller, priority);
          if (told[0] != null) {
            cache.countCoalesced();
            outcome[0] = new Outcome.Joined();
            joined[0] = underway;
            return underway;
          }
          Found now = cache.find(key, rule); // A passage may have ended since.
          Function<Passage.@Nullable Start, Passage> passage =
              start ->
                  new Passage(key.text(), caller, priority, flow, new Keeper(key), start, true);
          return switch (now) {
            case Found.Hit hit -> {
              cache.count(hit);
              outcome[0] = new Outcome.Known(hit);
              yield underway;
            }
            case Found.Partial(Trace trace, float[] rows) -> {
              Passage resumed = passage.apply(new Passage.Start(trace, rows));
              Passage accepted = offer(computation, resumed, now, outcome, underway);
              if (outcome[0] instanceof Outcome.Offered(var offer) && offer == Engine.Offer.LATE) {
                // No time for another layer: the deepest exit is known.
                var exit = new Exit(trace.depth(), Exit.Reason.DEADLINE);
                var hit = new Found.Hit(exit, trace);
                cache.count(hit);
                outcome[0] = new Outcome.Known(hit);
              }
              yield accepted;
            }
            case Found.Miss _ -> offer(computation, passage.apply(null), now, outcome, underway);
          };
        });
    if (told[0] != null) {
      told[0].run(); // Now that the entry is not locked: a worker may wait for it.
      computation.joined(joined[0]);
    }
    return outcome[0];
  }

  /** Whether a stored trace answers this. */
  public boolean knows(TextKey key, ExitRule rule) {
    return known(key, rule).isPresent();
  }

  /** The stored trace that answers this. */
  public Optional<Trace> known(TextKey key, ExitRule rule) {
    return cache.hit(key, rule).map(Found.Hit::trace);
  }

  /**
   * A passage to be offered to the engine that goes on from what is stored and whose trace will be
   * stored, but which no request joins: nobody is to wait for a text of the last priority.
   */
  public Passage apart(TextKey key, ExitRule rule, Caller caller, Priority priority, Object flow) {
    Passage.@Nullable Start start =
        cache.find(key, rule) instanceof Found.Partial(Trace trace, float[] rows)
            ? new Passage.Start(trace, rows)
            : null;
    return new Passage(key.text(), caller, priority, flow, new Keeper(key), start, true);
  }

  /**
   * Offers a passage; returns the one that others can join then, which is the former if it is
   * refused. Only what is computed counts as found in part or not at all.
   */
  private @Nullable Passage offer(
      Computation computation,
      Passage passage,
      Found found,
      Outcome[] outcome,
      @Nullable Passage former) {
    Engine.Offer offer = computation.offer(passage, found instanceof Found.Partial);
    outcome[0] = new Outcome.Offered(offer);
    if (offer != Engine.Offer.ACCEPTED) {
      return former;
    }
    cache.count(found);
    return passage;
  }

  /** Texts on their way. */
  public int inFlight() {
    return passages.size();
  }

  /** Keeps one text's trace, and takes its passage off the map. */
  private final class Keeper implements Passage.Keeper {
    private final TextKey key;

    Keeper(TextKey key) {
      this.key = key;
    }

    @Override
    public boolean wantsRows(int depth) {
      return cache.keepsRows();
    }

    @Override
    public void ended(Passage passage, @Nullable Trace trace, float @Nullable [] rows) {
      try {
        if (trace != null) {
          cache.put(key, trace, rows);
        }
      } finally {
        passages.remove(key, passage);
      }
    }
  }
}
