package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * A text is computed once however many ask for it. Its callers wait for different exits: each has
 * its own rule and deadline, and leaves when that says so; the passage goes on until nobody is left.
 *
 * Who may touch what: callers join from any thread, so the list of callers and the trace are guarded
 * by this object. All else is the worker's that has the text. Listeners are told outside of the
 * lock.
 */

/**
 * One text's way through a model, for everyone who waits for it.
 *
 * <p>Each caller hears exactly once how it ended: in a {@link Departure}, expired, abandoned, or
 * failed.
 *
 * <p>Threading: {@link #join} and {@link #abandon} may be called by any thread; all else is the
 * engine's.
 */
public final class Passage {

  /** Keeps what was computed, for others who will ask for the same text. */
  public interface Keeper {

    /** Whether the hidden rows at this internal exit are wanted if the text ends there. */
    boolean wantsRows(int depth);

    /**
     * The passage is over: nobody can join it any more. Called once, before the last callers are
     * told.
     *
     * @param trace the exits passed; null if there was none
     * @param rows {@code [T, H]} at the trace's end, the keeper's own from now on; null if not
     *     wanted or not there
     */
    void ended(Passage passage, @Nullable Trace trace, float @Nullable [] rows);
  }

  /**
   * Where a text goes on that came some way before.
   *
   * @param trace the exits it passed
   * @param rows {@code [T, H]} at the last of them; not changed by the engine
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed over; nothing compares starts.
  public record Start(Trace trace, float[] rows) {}

  /** Who may wait for one text: more are computed apart, and so are counted and bounded. */
  private static final int MOST_CALLERS = 1000;

  /** The flow of those who are no one's in particular. */
  private static final Object NO_FLOW = new Object();

  private final EncodedText text;
  private final Priority priority;
  private final Object flow;
  private final @Nullable Keeper keeper;
  private final @Nullable Start start;
  private final boolean traced;

  /** Guarded by this. */
  private final List<Caller> callers = new ArrayList<>(1);

  /** Guarded by this. */
  private boolean ended;

  /** {@code [M, C]} once accepted. Guarded by this. */
  private float[] logits = {};

  /** The exits passed. Written by the worker, under this lock. */
  private int depth;

  private int layers;
  private int classes;
  private long offeredNanos;
  private long startedNanos;
  private long waitingSince;
  private long waitedNanos;
  private double predictedNanos;
  private boolean finished;
  private volatile boolean taken;
  private @Nullable Expectations expected;

  /** The hidden rows at {@link #depth} while no kernel has them. */
  private float @Nullable [] rows;

  /**
   * Plans a passage.
   *
   * @param first the one who waits for it
   * @param flow where it comes from: flows take turns, so that none starves another
   * @param keeper told how it ended
   * @param start where it goes on, if not at the embeddings
   * @param traced whether exits that no caller's rule asks for are to be in the trace
   */
  public Passage(
      EncodedText text,
      Caller first,
      Priority priority,
      Object flow,
      @Nullable Keeper keeper,
      @Nullable Start start,
      boolean traced) {
    this.text = text;
    this.priority = priority;
    this.flow = flow;
    this.keeper = keeper;
    this.start = start;
    this.traced = traced || keeper != null;
    callers.add(first);
  }

  /** A passage for one caller, of normal priority, from the embeddings on. */
  public Passage(EncodedText text, ExitRule rule, long deadlineNanos, Caller.Listener listener) {
    this(
        text,
        new Caller(rule, deadlineNanos, listener),
        Priority.NORMAL,
        NO_FLOW,
        null,
        null,
        true);
  }

  /** What passes. */
  public EncodedText text() {
    return text;
  }

  /** Makes all who wait now give up. */
  public synchronized void abandon() {
    callers.forEach(Caller::abandon);
  }

  /**
   * Answers another one by the exits passed so far, or lets it wait for the same text, if it is not
   * over, not too many wait, and it is not queued behind those whom the other one would go before.
   *
   * @param theirs the other one's priority
   * @return what the one who joins has to run, outside of all locks: its answer, if the exits
   *     passed so far hold it, else nothing; null if it could not join
   */
  public synchronized @Nullable Runnable join(Caller caller, Priority theirs) {
    boolean behind = !taken && theirs.compareTo(priority) < 0;
    // One that has just ended too: its trace may not be kept yet.
    Optional<Exit> exit = depth == 0 ? Optional.empty() : trace().exit(caller.rule());
    if (exit.isEmpty()) {
      boolean joins = !ended && !behind && callers.size() < MOST_CALLERS;
      return joins && callers.add(caller) ? () -> {} : null;
    }
    var departure = new Departure(exit.get(), trace(exit.get().depth()), 0, 0);
    return () -> caller.listener().onDeparture(departure);
  }

  Priority priority() {
    return priority;
  }

  Object flow() {
    return flow;
  }

  int tokens() {
    return text.length();
  }

  int depth() {
    return depth;
  }

  /** When it was offered or parked; earlier by as long as it has waited between layers before. */
  long waitingSince() {
    return waitingSince;
  }

  /** How long it has waited between layers, all in all, until it was last taken up. */
  long waitedNanos() {
    return waitedNanos;
  }

  double predictedNanos() {
    return predictedNanos;
  }

  /** The farthest that any caller is expected to go. */
  synchronized double expectedDepth(Expectations all) {
    return callers.stream().mapToDouble(caller -> all.depth(caller.rule())).max().orElse(0);
  }

  void requireStartFits(ModelConfig config) {
    if (start == null) {
      return;
    }
    Trace trace = start.trace();
    if (trace.layers() != config.layers()
        || trace.classes() != config.classes()
        || trace.depth() >= config.layers()
        || start.rows().length != text.length() * config.hiddenSize()) {
      throw new IllegalArgumentException(
          "start: %s, %d values (expected: internal exits of this model, and %d values)"
              .formatted(trace, start.rows().length, text.length() * config.hiddenSize()));
    }
  }

  /** How far it came before. */
  int startDepth() {
    return start == null ? 0 : start.trace().depth();
  }

  /** Whether all callers' deadlines have come by this time. */
  synchronized boolean isDueBy(long nanos) {
    return callers.stream().allMatch(caller -> caller.isDue(nanos));
  }

  synchronized void accepted(
      int layers, int classes, long nanos, double predictedNanos, Expectations expected) {
    this.expected = expected;
    this.layers = layers;
    this.classes = classes;
    this.offeredNanos = nanos;
    this.waitingSince = nanos;
    this.predictedNanos = predictedNanos;
    logits = new float[layers * classes];
    Arrays.fill(logits, Float.NaN);
    if (start != null) {
      depth = start.trace().depth();
      rows = start.rows();
      for (int d = 1; d <= depth; d++) {
        System.arraycopy(start.trace().logits(d), 0, logits, (d - 1) * classes, classes);
      }
    }
  }

  /** It waits for a worker no more. */
  void taken() {
    taken = true;
  }

  boolean isTaken() {
    return taken;
  }

  void started(long nanos) {
    startedNanos = nanos;
  }

  void parked(long nanos, float @Nullable [] saved) {
    waitingSince = nanos - waitedNanos;
    if (saved != null) {
      rows = saved;
    }
  }

  /** It waits no longer; takes the rows out, for a kernel. */
  float[] takeUp(long nanos) {
    waitedNanos = nanos - waitingSince;
    float @Nullable [] taken = rows;
    if (taken == null) {
      throw new IllegalStateException("a text without rows was to go on from depth " + depth);
    }
    rows = null;
    return taken;
  }

  /** Whether anyone needs the exit at this depth. */
  synchronized boolean wantsExit(int at) {
    return traced
        || at == layers
        || callers.stream().anyMatch(Caller::hasDeadline)
        || callers.stream().anyMatch(caller -> !(caller.rule() instanceof ExitRule.FullDepth));
  }

  /**
   * Notes the exit at this depth, and who leaves there.
   *
   * @param batchLogits {@code [texts, C]}
   * @param index which of those texts this is
   * @param ends receives how those end who leave, to be run outside of any lock
   * @return whether anyone is left
   */
  synchronized boolean pass(int at, float[] batchLogits, int index, long nanos, Ends ends) {
    System.arraycopy(batchLogits, index * classes, logits, (at - 1) * classes, classes);
    return reach(at, nanos, ends);
  }

  /** Notes that a layer ran whose exit nobody needed. */
  synchronized boolean passUnseen(int at, long nanos, Ends ends) {
    return reach(at, nanos, ends);
  }

  private boolean reach(int at, long nanos, Ends ends) {
    depth = at;
    @Nullable Trace known = null;
    for (int i = callers.size() - 1; i >= 0; i--) {
      Caller caller = callers.get(i);
      if (caller.isAbandoned()) {
        callers.remove(i);
        ends.add(caller, caller.listener()::onAbandoned);
        continue;
      }
      if (at < layers && caller.rule() instanceof ExitRule.FullDepth) {
        continue;
      }
      known = known == null ? trace() : known;
      Optional<Exit> exit = known.exitAt(caller.rule(), at);
      if (exit.isPresent()) {
        ends.add(caller, departure(caller, exit.get(), known, nanos));
        callers.remove(i);
      }
    }
    ended = callers.isEmpty();
    return !ended;
  }

  private Runnable departure(Caller caller, Exit exit, Trace trace, long nanos) {
    var departure = new Departure(exit, trace, startedNanos - offeredNanos, nanos - startedNanos);
    if (expected != null && priority != Priority.AUDIT) { // Audits wait for all others.
      expected.note(caller.rule(), exit, startDepth(), nanos - startedNanos);
    }
    return () -> caller.listener().onDeparture(departure);
  }

  /**
   * Ends those who have given up, and those whose deadline is not to be met by more.
   *
   * @param nanos now
   * @param horizonNanos when the next exit could be known at the earliest
   * @param ends receives how those end
   * @return whether anyone is left
   */
  synchronized boolean settle(long nanos, long horizonNanos, Ends ends) {
    for (int i = callers.size() - 1; i >= 0; i--) {
      Caller caller = callers.get(i);
      if (caller.isAbandoned()) {
        callers.remove(i);
        ends.add(caller, caller.listener()::onAbandoned);
      } else if (caller.isDue(horizonNanos)) {
        ends.add(
            caller,
            depth == 0
                ? caller.listener()::onExpired
                : departure(caller, new Exit(depth, Exit.Reason.DEADLINE), trace(), nanos));
        callers.remove(i);
      }
    }
    ended = callers.isEmpty();
    return !ended;
  }

  /** Fails all who are left. */
  synchronized void fail(Throwable cause, Ends ends) {
    for (Caller caller : callers) {
      ends.add(caller, () -> caller.listener().onFailure(cause));
    }
    callers.clear();
    ended = true;
  }

  void finished() {
    finished = true;
  }

  boolean isFinished() {
    return finished;
  }

  /** Whether someone wants the rows of a text that has ended where it is. */
  boolean wantsRows() {
    return keeper != null && depth > 0 && depth < layers && keeper.wantsRows(depth);
  }

  /** Tells the keeper that it is over. */
  void over(float @Nullable [] saved) {
    if (keeper != null) {
      keeper.ended(this, depth == 0 ? null : trace(), saved == null ? rows : saved);
    }
  }

  private Trace trace() {
    return trace(depth);
  }

  private Trace trace(int to) {
    return Trace.of(layers, classes, logits, to);
  }
}
