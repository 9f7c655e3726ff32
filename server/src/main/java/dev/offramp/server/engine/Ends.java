package dev.offramp.server.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * A batch ends for dozens of callers at once. Told one by one, a thread that sends answers would be
 * woken for each, take the worker's core, send one, and sleep again. So those of one executor are told
 * together, in one task.
 */

/**
 * How texts and waits for them ended, until that is told: outside of all locks.
 *
 * <p>Threading: one thread's.
 */
final class Ends {

  private static final Logger log = LogManager.getLogger(Ends.class);

  private final List<Runnable> kept = new ArrayList<>();
  private final Map<Executor, List<Runnable>> told = new LinkedHashMap<>();

  /** A caller's wait has ended. */
  void add(Caller caller, Runnable tells) {
    told.computeIfAbsent(caller.executor(), _ -> new ArrayList<>()).add(tells);
  }

  /** A text is over; before any caller is told, for whoever asks again is to find what was kept. */
  void keep(Runnable keeps) {
    kept.add(keeps);
  }

  /** Tells all, each executor once; one that throws does not take others with it. */
  void tell() {
    kept.forEach(Ends::run);
    kept.clear();
    for (var groups = told.entrySet().iterator(); groups.hasNext(); ) {
      var group = groups.next();
      Executor executor = group.getKey();
      List<Runnable> all = group.getValue();
      groups.remove(); // First: whatever fails, nobody is told twice.
      try {
        executor.execute(() -> all.forEach(Ends::run));
      } catch (RuntimeException | Error e) {
        all.forEach(Ends::run); // It is closed, or memory is short. They hear of it all the same.
      }
    }
  }

  private static void run(Runnable end) {
    try {
      end.run();
    } catch (RuntimeException | Error e) {
      log.error("An answer could not be delivered", e);
    }
  }
}
