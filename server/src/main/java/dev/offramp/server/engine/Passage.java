package dev.offramp.server.engine;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.Optional;

/**
 * One text's way through a model, from the queue to the exit where it leaves. It ends exactly once:
 * in a {@link Departure}, or abandoned, or failed.
 *
 * <p>Threading: {@link #abandon} may be called by any thread; all else is the engine's.
 */
public final class Passage {

  /** Learns how a passage ended. Called on a worker, which it holds up: return soon. */
  public interface Listener {

    /** The text left. */
    void onDeparture(Departure departure);

    /** Nobody waits for the text any more, so no further layer ran. */
    void onAbandoned();

    /** The engine failed. */
    void onFailure(Throwable cause);
  }

  /** The deadline of those that have none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  private final EncodedText text;
  private final ExitRule rule;
  private final long deadlineNanos;
  private final Listener listener;
  private volatile boolean abandoned;
  private boolean ended;
  private long offeredNanos;
  private long startedNanos;
  private float[] logits = {}; // [M, C] once started

  /**
   * Plans a passage.
   *
   * @param deadlineNanos on the engine's clock, when the answer is of no more use, or {@link
   *     #NO_DEADLINE}
   */
  public Passage(EncodedText text, ExitRule rule, long deadlineNanos, Listener listener) {
    this.text = text;
    this.rule = rule;
    this.deadlineNanos = deadlineNanos;
    this.listener = listener;
  }

  /** What passes. */
  public EncodedText text() {
    return text;
  }

  /** Gives up: no further layer is run for this text. */
  public void abandon() {
    abandoned = true;
  }

  void offered(long nanos) {
    offeredNanos = nanos;
  }

  void started(long nanos, int layers, int classes) {
    startedNanos = nanos;
    logits = new float[layers * classes];
  }

  boolean isAbandoned(long nanos) {
    return abandoned || (deadlineNanos != NO_DEADLINE && nanos - deadlineNanos >= 0);
  }

  /**
   * Notes the exit at this depth.
   *
   * @param batchLogits {@code [texts, C]}
   * @param index which of those texts this is
   * @return where the text leaves, if it does
   */
  Optional<Exit> pass(int depth, int layers, int classes, float[] batchLogits, int index) {
    System.arraycopy(batchLogits, index * classes, logits, (depth - 1) * classes, classes);
    return trace(depth, layers, classes).exitAt(rule, depth);
  }

  void depart(Exit exit, int layers, int classes, long nanos) {
    var departure =
        new Departure(
            exit,
            trace(exit.depth(), layers, classes),
            startedNanos - offeredNanos,
            nanos - startedNanos);
    ended = true;
    listener.onDeparture(departure);
  }

  void dropAbandoned() {
    ended = true;
    listener.onAbandoned();
  }

  void fail(Throwable cause) {
    ended = true;
    listener.onFailure(cause);
  }

  /** Whether the listener was told, even where it threw. */
  boolean hasEnded() {
    return ended;
  }

  private Trace trace(int depth, int layers, int classes) {
    return Trace.of(layers, classes, logits, depth);
  }
}
