package dev.offramp.server.engine;

/*
 * Which depth runs next? Texts of a worker stand at different depths: new ones at 0, and those whose
 * batch became thin by exits, parked where they got to. A layer runs for one depth at a time.
 *
 * A thin batch wastes the part of a layer's time that does not depend on its tokens. A text that is
 * parked wastes nobody's time but its own. So:
 *
 *   1. A depth at which a text has waited for longer than the bound goes first, the longest wait
 *      first. This is what keeps any depth from starving. A text's waits at all depths count
 *      together: one that is overdue stays so, and its batch goes on to its answer (LaneWork), with
 *      all that it meets on its way. If each wait counted by itself, the few that go deep would wait
 *      once a depth.
 *   2. Else the deepest of those that are full: that have so many tokens that the fixed part is a few
 *      per cent of the time. Deepest, because those texts are nearest to their answers, and because
 *      their memory is then free.
 *   3. Else, while new texts are held back because enough is begun, the depth that has most: the
 *      nearest to full.
 *   4. Else the deepest that has anything. Nothing is full, so there is time; then what was begun is
 *      finished before more is begun, which makes the mean wait short.
 *
 * At light load that is rule 4 alone: a text runs through all layers without a stop. At full load
 * depth 0 is always full, thin batches are parked, and rule 2 takes each depth up again once the exits
 * of several batches have filled it. In between, batches get thinner, therefore dearer, therefore
 * more texts come together: it settles where it has to.
 *
 * Depth 0 counts as waiting since it was last served, not since its oldest text came: at overload
 * every new text is old, and would be overdue for ever. And it is not offered at all while the worker
 * has begun enough: what waits in the queue is counted, bounded and refused there, what waits between
 * layers only grows old.
 *
 * Audits are texts that nobody waits for, and stand apart: AuditPace says when they have a turn.
 */

/**
 * Says which depth a worker's next layer is for.
 *
 * <p>Threading: pure functions.
 */
final class DepthPolicy {
  /** The share of a batch's time that may be wasted on what does not depend on its tokens. */
  private static final double FIXED_SHARE = 0.05;

  /** Nothing waits. */
  static final int NONE = -1;

  private DepthPolicy() {}

  /**
   * Chooses.
   *
   * @param tokens by depth: the tokens that wait to go on from there
   * @param sinceNanos by depth: since when that depth waits to be served; of what is between
   *     layers, earlier by as long as it has waited before
   * @param full tokens that make a batch full
   * @param boundNanos how long a text may wait between layers, and depth 0 to be served
   * @param held whether new texts wait that are not offered here, since enough is begun
   * @return a depth that has tokens; {@link #NONE} if there is none
   */
  static int choose(
      int[] tokens, long[] sinceNanos, int full, long boundNanos, boolean held, long nowNanos) {
    int overdue = NONE;
    long longest = boundNanos;
    int deepest = NONE;
    int deepestFull = NONE;
    int fullest = NONE;
    for (int depth = 0; depth < tokens.length; depth++) {
      if (tokens[depth] == 0) {
        continue;
      }
      deepest = depth;
      if (fullest == NONE || tokens[depth] >= tokens[fullest]) {
        fullest = depth;
      }
      if (tokens[depth] >= full) {
        deepestFull = depth;
      }
      long waited = nowNanos - sinceNanos[depth];
      if (waited > longest) {
        longest = waited;
        overdue = depth;
      }
    }
    if (overdue != NONE) {
      return overdue;
    }
    if (deepestFull != NONE) {
      return deepestFull;
    }
    return held ? fullest : deepest;
  }

  /**
   * How many tokens of audits one worker has before it runs them though somebody waits: what makes
   * a batch full, and no little part of the largest, since other batches give way to it.
   */
  static int enoughAudits(int full, BatchLimits limits) {
    return Math.max(full, limits.tokens() / 2);
  }

  /**
   * How many tokens make a batch full, however dear the fixed part: texts of more than one token
   * seldom fill the last quarter of what a batch may hold, and one that is as full as it gets would
   * give way to new texts.
   */
  static int full(LayerCost cost, BatchLimits limits) {
    return Math.clamp(cost.tokensAtShare(FIXED_SHARE), 1, Math.max(1, limits.tokens() * 3 / 4));
  }

  /**
   * How many tokens of texts one worker may have begun before it begins no more: enough that half
   * of all depths can wait for a full batch, and never less than two batches.
   */
  static int mostBegun(int full, BatchLimits limits, int layers) {
    return (int) Math.max(2L * limits.tokens(), (long) layers * full / 2);
  }

  /** How long that wait may be: as long as the largest batch takes through all layers. */
  static long boundNanos(LayerCost cost, BatchLimits limits, int layers) {
    return (long) (layers * cost.nanos(limits.tokens()));
  }
}
