package dev.offramp.server.cache;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.Trace;

/** What the cache knows of a text, for some rule. */
public sealed interface Found {

  /** A trace reaches as far as the rule: the answer. */
  record Hit(Exit exit, Trace trace) implements Found {}

  /**
   * A trace is too short, and the text can go on where it ends.
   *
   * @param rows {@code [T, H]} there; the caller's own
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed on; nothing compares what was found.
  record Partial(Trace trace, float[] rows) implements Found {}

  /** Nothing of use. */
  record Miss() implements Found {}
}
