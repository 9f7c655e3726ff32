package dev.offramp.server.experiment.live;

import dev.offramp.model.io.DirectoryLock;
import dev.offramp.model.io.DurationText;
import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.AuditedVersion;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.RequestIds;
import dev.offramp.server.experiment.Running;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.count.Recorder;
import dev.offramp.server.experiment.ramp.RampProgress;
import dev.offramp.server.experiment.state.CountBatch;
import dev.offramp.server.experiment.state.Counts;
import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.Definitions;
import dev.offramp.server.experiment.state.StateFormatException;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.Catalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The experiments of a server: what is defined, and what happens in them; {@link #edits} changes
 * them.
 *
 * <p>Threading: safe for all threads. {@link #running} and {@link #record} are for the way of a
 * request: they wait for nobody. Ownership: {@link #close} delivers what was recorded and ends the
 * connections. Errors: what asks the database throws {@link
 * dev.offramp.server.experiment.state.StateAwayException} while it is away.
 */
public final class Experiments {

  private static final Logger log = LogManager.getLogger(Experiments.class);

  /** Looks at guardrails and ramp plans read all counts: so many polls come to one. */
  private static final int POLLS_PER_LOOK = 10;

  /** How far ahead of ours a caller's clock may be. */
  private static final Duration CLOCK_SKEW = Totals.CLOCK_SKEW;

  /** Servers that are started again every day have books too. */
  private static final Duration FIRST_BOOKS = Duration.ofMinutes(5);

  /** The time between two sweeps: whether days are over. */
  private static final Duration BOOKS = Duration.ofHours(1);

  /** How long a caller waits while others' counts are being read. */
  private static final Duration TURN_LIMIT = Duration.ofSeconds(10);

  /** How long looks under way may take to end, all together: some read for minutes. */
  private static final Duration LOOKS_LIMIT = Duration.ofSeconds(5);

  /** What events may take on disk while the database is away: 1 GiB. */
  private static final long MAX_JOURNAL_BYTES = 1L << 30;

  private final Database database;
  private final Definitions definitions;
  private final Edits edits;
  private final Recorder recorder;
  private final Watch watch;
  private final Supplier<Catalog> catalog;
  private final InstantSource clock;
  private final DirectoryLock lock;
  private final Ramps ramps;
  private final GuardrailWatch guardrails = new GuardrailWatch(this);
  private final RampWatch rampWatch = new RampWatch(this);
  private final BooksWatch books;

  private Experiments(
      Database database,
      Recorder recorder,
      Watch watch,
      Supplier<Catalog> catalog,
      InstantSource clock,
      DirectoryLock lock,
      Duration keep) {
    this.database = database;
    this.definitions = new Definitions(database);
    this.edits = new Edits(definitions, catalog, watch::lookAgain);
    this.recorder = recorder;
    this.watch = watch;
    this.catalog = catalog;
    this.clock = clock;
    this.lock = lock;
    this.ramps = new Ramps(database, catalog, System::nanoTime);
    this.books = new BooksWatch(database, keep);
  }

  /**
   * Opens the state. A shared database that is away keeps nobody from starting.
   *
   * @param catalog what is served
   * @throws IOException if the directory cannot be used, or another server uses it, or the database
   *     has a schema that this server does not know
   */
  public static Experiments open(
      StateSettings settings, Supplier<Catalog> catalog, InstantSource clock) throws IOException {
    DirectoryLock lock =
        DirectoryLock.take(
            settings.directory(),
            "another server keeps its state there (expected: a directory of its own for each)");
    var database = new Database(settings);
    try {
      var watch = new Watch(new Definitions(database), settings.directory().resolve("known.json"));
      var recorder =
          new Recorder(
              new Counts(database), settings.directory().resolve("journal"), MAX_JOURNAL_BYTES);
      watch.start(settings.poll());
      recorder.start(settings.flush());
      var experiments =
          new Experiments(database, recorder, watch, catalog, clock, lock, settings.keep());
      experiments.guardrails.start(settings.poll().multipliedBy(POLLS_PER_LOOK));
      experiments.rampWatch.start(settings.poll().multipliedBy(POLLS_PER_LOOK));
      experiments.books.start(FIRST_BOOKS, BOOKS);
      return experiments;
    } catch (StateFormatException e) {
      database.close();
      lock.close();
      throw new IOException(e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      database.close();
      lock.close();
      throw e;
    }
  }

  /** What requests meet now. */
  public Running running() {
    return watch.running();
  }

  /** Takes note of what became of a request. */
  public void record(Event event) {
    if (event instanceof Event.TierAudited(AuditedTier tier, _) && !tier.isStorable()) {
      return; // Its model has a name that no database keeps.
    }
    var _ = recorder.record(event);
  }

  /** Changes to experiments. */
  public Edits edits() {
    return edits;
  }

  /** All, by name. */
  public List<ExperimentStatus> list() {
    return definitions.all();
  }

  /** One of a name; {@link Refusal} if there is none. */
  public ExperimentStatus get(String name) {
    return Edits.require(definitions.all(), name);
  }

  /** What audits of all replicas found of tiers that are served, as far as it was delivered. */
  public Map<AuditedTier, AuditHistory> audits() {
    return new Counts(database)
        .audits(
            catalog.get().models().stream()
                .map(model -> new AuditedVersion(model.name(), model.calibratedVersion()))
                .toList());
  }

  /**
   * How counting goes, in this process.
   *
   * @param away whether the database is, as of the last delivery
   * @param journalBytes what events take on disk
   * @param lost events that found no room there
   * @param requests those of arms that it has counted, by what became of them
   */
  public record Counting(
      boolean away, long journalBytes, long lost, Map<CountBatch.Count, Long> requests) {}

  /** How counting goes. */
  public Counting counting() {
    return new Counting(
        recorder.isAway(), recorder.journalBytes(), recorder.lost(), recorder.requests());
  }

  /** How what is done again and again goes, in this process. */
  public List<Paced.Progress> looks() {
    return List.of(
        watch.progress(),
        recorder.progress(),
        guardrails.progress(),
        rampWatch.progress(),
        books.progress());
  }

  /**
   * What the counts of an experiment say.
   *
   * @param alpha the probability with which an interval is ever wrong
   */
  public Analysis analyze(ExperimentStatus status, Totals totals, double alpha) {
    Experiment experiment = status.experiment();
    return Analysis.of(
        experiment, status.arms(), totals, Analysis.layers(experiment, catalog.get()), alpha);
  }

  /** What to know before an experiment's counts are relied on, for people. */
  public List<String> warnings(ExperimentStatus status) {
    return status.state().isUnderWay()
        ? ArmVersions.changed(status, catalog.get()).stream()
            .map(change -> change + ": what is counted is of both")
            .toList()
        : List.of();
  }

  /** How far an experiment's ramp plan is; empty if it has none, or has ended. */
  public Optional<RampProgress> ramp(ExperimentStatus status, Totals totals) {
    return ramps.progress(status, totals);
  }

  /** From now on holds ramps of experiments whose arms have a tier with an alarm. */
  public void heedAlarms(Predicate<AuditedTier> alarms) {
    ramps.heed(alarms);
  }

  /** What was counted in an experiment, for those that may wait for their turn to read it. */
  public Totals totals(Experiment experiment) {
    return Totals.read(database, experiment.name(), experiment.unit());
  }

  /** The same for a caller; {@link Refusal} if others' counts are being read for too long. */
  public Totals totalsSoon(Experiment experiment) {
    return Totals.read(database, experiment.name(), experiment.unit(), TURN_LIMIT);
  }

  /** The last changes, the newest first; of one experiment unless the name is empty. */
  public List<AuditEntry> log(String name, int limit) {
    if (!name.isEmpty()) {
      var _ = get(name);
    }
    return definitions.log(name, limit);
  }

  /**
   * Takes an outcome; it will be counted from then on, whatever happens to this process.
   *
   * @throws Refusal if it cannot be true, or there is no room for it
   */
  public void report(Outcome outcome) {
    if (outcome.kind() == UnitKind.REQUEST) {
      RequestIds.exposure(outcome.subject()).ifPresent(said -> requireSaid(outcome, said));
    }
    if (outcome.at().isAfter(clock.instant().plus(CLOCK_SKEW))) {
      throw Refusal.invalid(
          "at: %s (expected: at most %d minutes ahead of the server's clock, which says %s)"
              .formatted(outcome.at(), CLOCK_SKEW.toMinutes(), clock.instant()));
    }
    watch
        .running()
        .bounds(outcome.name())
        .filter(bounds -> !bounds.contain(outcome.value()))
        .ifPresent(bounds -> {
          throw Refusal.invalid(
              "value: %s (expected: %s to %s, the bounds of %s)"
                  .formatted(outcome.value(), bounds.min(), bounds.max(), outcome.name()));
        });
    if (!recorder.record(new Event.Reported(outcome))) {
      throw Refusal.of(
          Refusal.Cause.DISK,
          "outcome: there is no room left on disk to keep it (try again later)");
    }
  }

  /** An id that no answer can have said is not to be counted, nor to leave a row. */
  private void requireSaid(Outcome outcome, RequestIds.Exposed said) {
    Optional<Experiment> experiment = watch.find(said.experiment());
    if (experiment.isEmpty() && watch.isAway()) {
      return; // It may be one of those that are not seen yet.
    }
    if (experiment
        .filter(known -> known.unit() == UnitKind.REQUEST)
        .flatMap(known -> known.arm(said.arm()))
        .isEmpty()) {
      throw Refusal.invalid(
          "request_id: %s (expected: one that an answer said; %s)"
              .formatted(
                  outcome.subject(),
                  experiment.isEmpty()
                      ? "there is no experiment " + said.experiment()
                      : experiment.get().unit() == UnitKind.REQUEST
                          ? said.experiment() + " has no arm " + said.arm()
                          : said.experiment() + " does not split requests"));
    }
  }

  /** A look that a database keeps, which does not answer, ends with its connection. */
  private void stopLooks(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    for (Predicate<Duration> look : stops()) {
      if (!look.test(Duration.ofNanos(deadline - System.nanoTime()))) {
        log.warn(
            "A look at experiments has not ended after {}, and is cut off: it reads much, or the"
                + " database does not answer",
            DurationText.format(limit));
      }
    }
  }

  private List<Predicate<Duration>> stops() {
    return List.of(watch::stop, guardrails::stop, rampWatch::stop, books::stop);
  }

  /** Ends within the limit: what is not delivered by then stays on disk, for the next start. */
  public void close(Duration limit) {
    // Deliveries come first: looks have nothing to lose. What the database keeps ends with it.
    long deadline = System.nanoTime() + limit.toNanos();
    Duration rest = limit.dividedBy(4); // For the looks and the database, however many counts.
    for (Predicate<Duration> look : stops()) {
      var _ = look.test(Duration.ZERO); // None begins while others are waited for.
    }
    recorder.close(limit.minus(rest));
    Duration left =
        Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))
            .dividedBy(2)
            .truncatedTo(ChronoUnit.MILLIS);
    stopLooks(left.compareTo(LOOKS_LIMIT) < 0 ? left : LOOKS_LIMIT);
    if (!database.close(Duration.ofNanos(deadline - System.nanoTime()))) {
      log.warn("Connections to the state of experiments have not ended, and are left behind");
    }
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
