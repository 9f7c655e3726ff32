package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Paced;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/*
 * A look reads all counts of an experiment, and all units and what was reported of them: with millions
 * of units that takes seconds, of a database that may be on the server's own CPUs. So the more a look
 * takes, the less often it happens, down to once in five minutes.
 */

/** How often the state of experiments is looked at as a whole. */
final class Looks {

  /** Whatever a look takes, as one does that waits for a database that is away. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** Of the time, one part is for looking. */
  private static final int PARTS = 20;

  /** Looks in a thread named after it; each look says whether it succeeded. */
  static Paced of(String name, BooleanSupplier look) {
    return Paced.byClock(name, look, PARTS, LONGEST);
  }

  private Looks() {}
}
