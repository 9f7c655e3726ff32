package dev.offramp.server.rpc;

import org.jspecify.annotations.Nullable;

/**
 * That a call was cancelled, and what then is to happen, whichever comes first.
 *
 * <p>Threading: safe for all threads.
 */
final class Cancellation implements Runnable {

  private boolean cancelled;
  private @Nullable Runnable reaction;

  /** The call was cancelled. */
  @Override
  public void run() {
    Runnable waiting;
    synchronized (this) {
      cancelled = true;
      waiting = reaction;
      reaction = null;
    }
    if (waiting != null) {
      waiting.run();
    }
  }

  /**
   * Does this once the call is cancelled, now if it was before. There is one reaction to a call.
   */
  void then(Runnable react) {
    synchronized (this) {
      if (!cancelled) {
        reaction = react;
        return;
      }
    }
    react.run();
  }
}
