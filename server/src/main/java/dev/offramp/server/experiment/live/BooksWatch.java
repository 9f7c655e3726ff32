package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.state.Books;
import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.StaleRows;
import dev.offramp.server.experiment.state.StateAwayException;
import java.time.Duration;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Closes the books of experiments that ended long ago and deletes what is stale, again and again.
 * All replicas do: one finds something to do, the others do not.
 *
 * <p>Threading: one thread of its own. While the state is away nothing is closed.
 */
final class BooksWatch {

  private static final Logger log = LogManager.getLogger(BooksWatch.class);

  private final Books books;
  private final StaleRows stale;
  private final Duration keep;
  private final Paced looks = Looks.of("books", this::look);
  private volatile boolean closing;

  /**
   * Of a database.
   *
   * @param keep how long outcomes are counted after an experiment's end
   */
  BooksWatch(Database database, Duration keep) {
    this.books = new Books(database);
    this.stale = new StaleRows(database);
    this.keep = keep;
  }

  /** Begins to look again and again. */
  void start(Duration first, Duration interval) {
    looks.start(first, interval);
  }

  private boolean look() {
    try {
      Books.Swept swept = books.sweep(keep, () -> closing);
      if (swept.closed() + swept.units() + swept.outcomes() > 0) {
        log.info(
            "Experiments: closed the books of {}, deleted {} rows of units and {} of outcomes",
            swept.closed(),
            swept.units(),
            swept.outcomes());
      }
      long deleted = stale.delete();
      if (deleted > 0) {
        log.info(
            "Experiments: deleted {} rows of journals and audits that nobody touched for {} days",
            deleted,
            StaleRows.KEEP.toDays());
      }
      return swept.failed() == 0;
    } catch (StateAwayException e) {
      log.warn("Books of experiments are not closed, and it is tried again: {}", e.getMessage());
      return false;
    } catch (RuntimeException e) {
      log.error("Books of experiments cannot be closed, and it is tried again", e);
      return false;
    }
  }

  /** How looks go. */
  Paced.Progress progress() {
    return looks.progress();
  }

  /** Looks no more; false if a look under way has not ended within the limit. */
  boolean stop(Duration limit) {
    closing = true; // A sweep may have millions of rows to go through.
    return looks.stop(limit);
  }
}
