package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.state.CountBatch;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Counts;
import dev.offramp.server.experiment.state.StateAwayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * An event is written to the journal, through memory, before its request is answered. A thread behind
 * reads it again, adds events up, and delivers sums with the stretch of the journal that they are of.
 * The database counts each stretch once. A stretch costs what its sums do, a row each, rather than its
 * events: so where there is much to deliver, it is delivered more rarely. So nothing is counted twice,
 * and nothing is lost with the process; while the database is away the journal grows, and what a
 * process left behind is counted by the next one in its place.
 */

/**
 * Takes events and sees to it that they are counted, once.
 *
 * <p>Threading: {@link #record} may be called by any thread, and neither waits nor locks but where
 * a file is full. Ownership: {@link #close(Duration)} delivers what it can and leaves the rest on
 * disk.
 */
public final class Recorder implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(Recorder.class);

  /** How many events are added up at once. */
  private static final int STRETCH = 20_000;

  /** How many are read at once. */
  private static final int READ = 256;

  /**
   * Of one CPU's time, one part is for delivering, the embedded database's work in it, unless
   * pauses would be longer than the longest.
   */
  private static final int PARTS = 200;

  /** What was counted may be seen that much later where it is much. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** The kinds of counts of which a request has one. */
  private static final Set<String> REQUESTS =
      Stream.concat(Stream.of(Count.EXPOSURE), Stream.of(Event.Why.values()).map(Event.Why::kind))
          .collect(Collectors.toUnmodifiableSet());

  /** How often a process without anything to count says that it lives. */
  private static final Duration TOUCH = Duration.ofDays(1);

  /** A time that is never over. */
  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final Counts counts;
  private final Journal journal;
  private final List<Journal> left;
  private final Paced deliveries = Paced.byCpu("counts", this::deliver, PARTS, LONGEST_PAUSE);

  /** Only of the thread behind, as all that follows. */
  private final KnownUnits known = new KnownUnits();

  private long delivered;
  private long touchedNanos = System.nanoTime();

  /** Written by the thread behind. */
  private volatile boolean away;

  /** Whether they could not be delivered for another reason. */
  private volatile boolean failing;

  /** What it has counted, of {@link #requests}. */
  private final ConcurrentHashMap<Count, Long> requests = new ConcurrentHashMap<>();

  /**
   * Begins a journal, and takes over those that were left.
   *
   * @param directory of this process alone
   * @param maxBytes what a journal may take on disk
   */
  public Recorder(Counts counts, Path directory, long maxBytes) throws IOException {
    this.counts = counts;
    Files.createDirectories(directory);
    left = new ArrayList<>(Journal.recover(directory));
    journal = Journal.create(directory, maxBytes);
  }

  /** Begins to deliver, again and again after a time, or a longer one where it is dear. */
  public void start(Duration interval) {
    deliveries.start(Duration.ZERO, interval);
  }

  /** Takes an event; false if there is no room left for it on disk. */
  public boolean record(Event event) {
    return journal.append(event);
  }

  /** How deliveries go. */
  public Paced.Progress progress() {
    return deliveries.progress();
  }

  /** Events that found no room on disk. */
  public long lost() {
    return journal.lost();
  }

  /** What the journal of this process takes on disk. */
  public long journalBytes() {
    return journal.bytes();
  }

  /** Requests of arms that were counted, by what became of them: exposures, and why not. */
  public Map<Count, Long> requests() {
    return Map.copyOf(requests);
  }

  /** Whether counts could not be delivered when they last were to be. */
  public boolean isAway() {
    return away || failing;
  }

  /** Delivers all that there is, unless the database is away; whether it did. */
  private boolean deliver() {
    try {
      journal.force();
      while (!left.isEmpty()) {
        Journal old = left.getFirst();
        deliver(old, counts.delivered(old.id()));
        old.delete();
        left.removeFirst();
      }
      long before = delivered;
      delivered = deliver(journal, delivered);
      touch(delivered > before);
      failing = false;
      if (away) {
        away = false;
        log.info("The counts of experiments are delivered again");
      }
      return true;
    } catch (StateAwayException e) {
      known.clear(); // Who knows what it comes back with.
      if (!away) {
        away = true;
        log.warn("Counts of experiments are kept on disk: {}", e.getMessage());
      }
      return false;
    } catch (IOException | RuntimeException e) {
      failing = true;
      log.error("Counts of experiments were not delivered and will be tried again", e);
      return false;
    }
  }

  /* A row that nobody touches for a year is taken for one of a journal that is gone. */
  private void touch(boolean touched) {
    long now = System.nanoTime();
    if (!touched && now - touchedNanos >= TOUCH.toNanos()) {
      counts.touch(journal.id());
      touched = true;
    }
    if (touched) {
      touchedNanos = now;
    }
  }

  /** Up to its end, as that was: what comes meanwhile is for the next time, or there is no end. */
  private long deliver(Journal from, long place) throws IOException {
    long at = place;
    while (true) {
      var tally = new Tally();
      long next = addUp(from, at, tally);
      if (tally.events() == 0) {
        return at;
      }
      boolean last = tally.events() < STRETCH;
      CountBatch batch = tally.batch(known::contains);
      long counted = counts.deliver(from.id(), at, next, batch);
      if (counted < at) {
        at = goBack(from, at, counted);
        continue;
      }
      at = counted;
      if (at == next) {
        batch.units().keySet().forEach(known::add);
        batch.counts().forEach(this::counted);
      }
      from.forget(at);
      if (last && at == next) {
        return at;
      }
    }
  }

  private void counted(Count what, long n) {
    if (REQUESTS.contains(what.kind())) {
      requests.merge(what, n, Long::sum);
    }
  }

  /**
   * The database knows less than it once did, as one that was restored does: what is still here is
   * counted again, and what is not is lost. The new place.
   */
  private long goBack(Journal from, long place, long counted) {
    known.clear();
    long first = Math.max(counted, from.first(counted));
    log.error(
        "The database has the counts of experiments up to {} of {} and had them up to {}: it came"
            + " back older. {} bytes of events are counted again, {} are lost",
        counted,
        from.id(),
        place,
        place - first,
        first - counted);
    return first == counted
        ? first
        : counts.deliver(from.id(), counted, first, new Tally().batch(known::contains));
  }

  /**
   * Adds up events from a place on, and says up to where: few at a time, lest memory holds many.
   */
  private static long addUp(Journal from, long place, Tally tally) {
    long at = place;
    while (tally.events() < STRETCH) {
      Journal.Stretch stretch = from.read(at, READ);
      if (stretch.events().isEmpty()) {
        break;
      }
      stretch.events().forEach(tally::add);
      at = stretch.next();
    }
    return at;
  }

  /** Delivers all that there is, unless the database is away, however long it takes. */
  @Override
  public void close() {
    close(FOREVER);
  }

  /** The same within a limit: what is not delivered by then the next process delivers. */
  public void close(Duration limit) {
    if (!deliveries.finish(limit)) {
      log.warn(
          "Counts of experiments were not all delivered in time: the database does not answer, or"
              + " there were many. The rest is kept on disk, for the next start");
      return; // Its thread still has the files; they stay.
    }
    if (!away && left.isEmpty() && journal.read(delivered, 1).events().isEmpty()) {
      try {
        journal.delete();
      } catch (IOException e) {
        log.warn("{} stays: {}", journal.id(), e.getMessage());
      }
    }
    journal.close();
    left.forEach(Journal::close);
  }
}
