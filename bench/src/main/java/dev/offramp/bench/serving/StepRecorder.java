package dev.offramp.bench.serving;

import dev.offramp.server.engine.StepListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the steps that workers run within a window of time.
 *
 * <p>Threading: safe for all threads.
 */
final class StepRecorder implements StepListener {

  /**
   * A layer that ran.
   *
   * @param worker its number
   * @param depth from 1
   * @param texts that it ran for
   * @param tokens of these
   * @param parked texts that waited meanwhile
   * @param beganNanos from the window's beginning; below 0 if it was under way then
   * @param endedNanos from the window's beginning
   */
  record Step(
      int worker, int depth, int texts, int tokens, int parked, long beganNanos, long endedNanos) {}

  private final List<Step> steps = new ArrayList<>();
  private volatile boolean recording;
  private long from;
  private long length;

  /** Forgets what was kept, and keeps what runs from now on, for so long. */
  synchronized void record(Duration window) {
    steps.clear();
    from = System.nanoTime();
    length = window.toNanos();
    recording = true;
  }

  /** What was kept, by the time of its end. */
  synchronized List<Step> steps() {
    return List.copyOf(steps);
  }

  @Override
  public void stepped(
      int worker, int depth, int texts, int tokens, int parked, long beganNanos, long endedNanos) {
    if (recording) {
      keep(worker, depth, texts, tokens, parked, beganNanos, endedNanos);
    }
  }

  private synchronized void keep(
      int worker, int depth, int texts, int tokens, int parked, long beganNanos, long endedNanos) {
    if (beganNanos - from > length) {
      recording = false;
    } else if (endedNanos - from > 0) {
      steps.add(
          new Step(worker, depth, texts, tokens, parked, beganNanos - from, endedNanos - from));
    }
  }
}
