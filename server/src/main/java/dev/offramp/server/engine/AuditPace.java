package dev.offramp.server.engine;

import java.time.Duration;

/*
 * Audits are texts that nobody waits for. While nobody waits for anything, they run as they come. While
 * somebody does, one by one they would cost the thin batch of each layer, so they gather until they
 * make a batch; and run all at once, that batch would hold up everybody for all layers that are left.
 * So it goes one layer at a time: after each, those who wait have the worker for a multiple of what it
 * took, and the pass of the audits goes on from where it stands. Whoever waits is slowed down a
 * little for a while, and not stopped. Where they would not become enough, those that there are begin
 * after some time all the same. On a device where a batch can't give way, the whole pass is paid for
 * by one long rest.
 *
 * A pass that was begun goes on to its end, though others stand at shallower depths by then: it takes
 * those along that stand deeper, as it passes them.
 */

/**
 * Says when a worker's audits in one model have a turn, and where their pass stands.
 *
 * <p>Threading: one thread.
 */
final class AuditPace {
  /**
   * How long those who wait have the worker after an audits' step, over what it took: audits cost
   * them a hundredth at most.
   */
  private static final int REST = 99;

  /** A step that takes longer than so many times what it should was held up. */
  private static final int SLOWEST = 4;

  /** How long they gather at most. */
  private static final long GATHER_NANOS = Duration.ofSeconds(10).toNanos();

  private boolean gathering;
  private long gatheringSince;
  private boolean begun;
  private int at = DepthPolicy.NONE;
  private boolean resting;
  private long restsUntil;

  /**
   * Whether audits run next.
   *
   * @param tokens of all audits
   * @param enough tokens that a pass begins with while somebody waits
   * @param awaited whether somebody waits for anything
   */
  boolean isTurn(int tokens, int enough, boolean awaited, long nowNanos) {
    if (tokens == 0) {
      end();
      return false;
    }
    if (!gathering) {
      gathering = true;
      gatheringSince = nowNanos;
    }
    begun |= tokens >= enough || nowNanos - gatheringSince > GATHER_NANOS;
    resting &= nowNanos - restsUntil < 0;
    return !awaited || (begun && !resting);
  }

  /** The depth from which parked audits, of which there are some, run next. */
  int depth(ParkedTexts audits) {
    return at != DepthPolicy.NONE && audits.tokensAt(at) > 0 ? at : audits.shallowest();
  }

  /**
   * Audits ran a layer.
   *
   * @param depth at which they stand now; {@link DepthPolicy#NONE} if all have ended
   * @param nanos that it took
   * @param expectedNanos that it should have taken: a worker that was stopped meanwhile owes those
   *     who wait no hundred times as long
   * @param awaited whether somebody waited meanwhile
   */
  void stepped(int depth, long nanos, double expectedNanos, boolean awaited, long nowNanos) {
    at = depth;
    if (depth == DepthPolicy.NONE) {
      end();
    }
    if (awaited) {
      long took = Math.min(nanos, (long) (SLOWEST * expectedNanos));
      restsUntil = (resting ? restsUntil : nowNanos) + REST * took;
      resting = true;
    }
  }

  /** What comes gathers anew, wherever the pass stood. */
  private void end() {
    at = DepthPolicy.NONE;
    begun = false;
    gathering = false;
  }
}
