package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.Running;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.count.Recorder;
import dev.offramp.server.experiment.state.Counts;
import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.Definitions;
import dev.offramp.server.experiment.state.Definitions.Edited;
import dev.offramp.server.experiment.state.StateFormatException;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.Catalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The experiments of a server: changes to them, and what happens in them.
 *
 * <p>Threading: safe for all threads. {@link #running} and {@link #record} are for the way of a
 * request: they wait for nobody. Ownership: {@link #close} delivers what was recorded and ends the
 * connections. Errors: what asks the database throws {@link
 * dev.offramp.server.experiment.state.StateAwayException} while it is away.
 */
public final class Experiments implements AutoCloseable {

  /** Looks at guardrails read all counts: so many polls come to one. */
  private static final int POLLS_PER_LOOK = 10;

  /** How far ahead of ours a caller's clock may be. */
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  /** What events may take on disk while the database is away: 1 GiB. */
  private static final long MAX_JOURNAL_BYTES = 1L << 30;

  private final Database database;
  private final Definitions definitions;
  private final Recorder recorder;
  private final Watch watch;
  private final Supplier<Catalog> catalog;
  private final InstantSource clock;
  private final FileChannel lock;
  private final GuardrailWatch guardrails = new GuardrailWatch(this);

  private Experiments(
      Database database,
      Recorder recorder,
      Watch watch,
      Supplier<Catalog> catalog,
      InstantSource clock,
      FileChannel lock) {
    this.database = database;
    this.definitions = new Definitions(database);
    this.recorder = recorder;
    this.watch = watch;
    this.catalog = catalog;
    this.clock = clock;
    this.lock = lock;
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
    Files.createDirectories(settings.directory());
    FileChannel lock = DirectoryLock.take(settings.directory());
    var database = new Database(settings);
    try {
      var watch = new Watch(new Definitions(database), settings.directory().resolve("known.json"));
      var recorder =
          new Recorder(
              new Counts(database), settings.directory().resolve("journal"), MAX_JOURNAL_BYTES);
      watch.start(settings.poll());
      recorder.start(settings.flush());
      var experiments = new Experiments(database, recorder, watch, catalog, clock, lock);
      experiments.guardrails.start(settings.poll().multipliedBy(POLLS_PER_LOOK));
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

  /**
   * What applying a definition did.
   *
   * @param before as it stood; empty for a new one
   * @param after as it stands then; the same as before where nothing changed
   */
  public record Applied(Optional<ExperimentStatus> before, ExperimentStatus after) {
    /** Whether anything changed. */
    public boolean changed() {
      return before.isEmpty() || before.get().version() != after.version();
    }
  }

  /**
   * Makes a draft, or changes what there is to a definition.
   *
   * @param dryRun whether to leave all as it is and say what would be
   * @throws Refusal if it cannot be that
   */
  public Applied apply(Experiment experiment, Change change, boolean dryRun) {
    var applied = new Applied[1];
    var _ =
        definitions.change(
            change,
            all -> {
              Optional<ExperimentStatus> before = find(all, experiment.name());
              requireVersion(change, before);
              if (before.isPresent() && before.get().experiment().equals(experiment)) {
                applied[0] = new Applied(before, before.get());
                return Optional.empty();
              }
              ExperimentStatus after = applied(before, experiment, all);
              applied[0] = new Applied(before, after);
              return dryRun
                  ? Optional.empty()
                  : Optional.of(new Edited(before.isEmpty() ? "create" : "change", after));
            });
    watch.lookAgain();
    return applied[0];
  }

  private ExperimentStatus applied(
      Optional<ExperimentStatus> before, Experiment experiment, List<ExperimentStatus> all) {
    ArmCheck.require(experiment, catalog.get());
    if (before.isEmpty()) {
      return ExperimentStatus.draft(experiment, now());
    }
    ExperimentStatus status = before.get();
    switch (status.state()) {
      case DRAFT -> {}
      case RUNNING, PAUSED -> {
        try {
          status.experiment().requireChangeable(experiment);
        } catch (IllegalArgumentException e) {
          throw Refusal.precondition(String.valueOf(e.getMessage()));
        }
        if (status.state() == ExperimentState.RUNNING) {
          Overlaps.require(experiment, all);
        }
      }
      case STOPPED, PROMOTED ->
          throw Refusal.precondition(
              "experiment: %s is %s (expected: one that has not ended; names are used once)"
                  .formatted(experiment.name(), status.state()));
    }
    return status.next(experiment, status.state(), status.promotedArm(), now());
  }

  /**
   * Moves an experiment on.
   *
   * @param action what the log calls it
   * @throws Refusal if there is none, or its state does not lead there, or it cannot run
   */
  public ExperimentStatus move(String name, String action, ExperimentState to, Change change) {
    return edit(
        name,
        action,
        change,
        (status, all) -> {
          requireLeads(status, to);
          if (to == ExperimentState.RUNNING) {
            ArmCheck.require(status.experiment(), catalog.get());
            Overlaps.require(status.experiment(), all);
          }
          return status.next(status.experiment(), to, "", now());
        });
  }

  /** Ends an experiment whatever its version and state; one that has ended stays as it is. */
  public ExperimentStatus kill(String name, Change change) {
    var any = new Change(0, change.who(), change.why());
    return edit(
        name,
        "kill",
        any,
        (status, all) ->
            status.state() == ExperimentState.STOPPED
                ? status
                : status.next(status.experiment(), ExperimentState.STOPPED, "", now()));
  }

  /** Ends an experiment with a winner; {@link Refusal} if there is none of that name. */
  public ExperimentStatus promote(String name, String winner, Change change) {
    return edit(
        name,
        "promote",
        change,
        (status, all) -> {
          requireLeads(status, ExperimentState.PROMOTED);
          if (status.experiment().arm(winner).isEmpty()) {
            throw Refusal.notFound(
                "arm: '%s' (known to %s: %s)"
                    .formatted(
                        winner, name, status.experiment().arms().stream().map(Arm::name).toList()));
          }
          ArmCheck.require(status.experiment(), catalog.get());
          return status.next(status.experiment(), ExperimentState.PROMOTED, winner, now());
        });
  }

  /** Lets in more or fewer units; {@link Refusal} if it has ended. */
  public ExperimentStatus setCoverage(String name, double coverage, Change change) {
    return edit(
        name,
        "coverage",
        change,
        (status, all) -> {
          if (status.state() == ExperimentState.STOPPED
              || status.state() == ExperimentState.PROMOTED) {
            throw Refusal.precondition(
                "experiment: %s is %s (expected: one that has not ended)"
                    .formatted(name, status.state()));
          }
          try {
            return status.next(
                status.experiment().withCoverage(coverage), status.state(), "", now());
          } catch (IllegalArgumentException e) {
            throw Refusal.invalid(String.valueOf(e.getMessage()));
          }
        });
  }

  private interface Step {
    ExperimentStatus of(ExperimentStatus status, List<ExperimentStatus> all);
  }

  private ExperimentStatus edit(String name, String action, Change change, Step step) {
    var after = new ExperimentStatus[1];
    var _ =
        definitions.change(
            change,
            all -> {
              ExperimentStatus before = require(all, name);
              requireVersion(change, Optional.of(before));
              after[0] = step.of(before, all);
              return after[0].version() == before.version()
                  ? Optional.empty()
                  : Optional.of(new Edited(action, after[0]));
            });
    watch.lookAgain();
    return after[0];
  }

  private static void requireLeads(ExperimentStatus status, ExperimentState to) {
    if (!status.state().leadsTo(to)) {
      throw Refusal.precondition(
          "experiment: %s is %s, which does not lead to %s"
              .formatted(status.name(), status.state(), to));
    }
  }

  private static void requireVersion(Change change, Optional<ExperimentStatus> before) {
    long version = before.map(ExperimentStatus::version).orElse(0L);
    if (change.expectedVersion() != 0 && change.expectedVersion() != version) {
      throw Refusal.precondition(
          "expected_version: %d (expected: %d, as it is now; look at it again)"
              .formatted(change.expectedVersion(), version));
    }
  }

  private static Optional<ExperimentStatus> find(List<ExperimentStatus> all, String name) {
    return all.stream().filter(status -> status.name().equals(name)).findFirst();
  }

  private static ExperimentStatus require(List<ExperimentStatus> all, String name) {
    return find(all, name)
        .orElseThrow(() ->
            Refusal.notFound(
                "experiment: '%s' (known: %s)"
                    .formatted(name, all.stream().map(ExperimentStatus::name).toList())));
  }

  /** All, by name. */
  public List<ExperimentStatus> list() {
    return definitions.all();
  }

  /** One of a name; {@link Refusal} if there is none. */
  public ExperimentStatus get(String name) {
    return require(definitions.all(), name);
  }

  /** What audits of all replicas found of tiers, as far as it was delivered. */
  public Map<AuditedTier, TierAudits> audits() {
    return new Counts(database).audits();
  }

  /**
   * What the counts of an experiment say.
   *
   * @param alpha the probability with which an interval is ever wrong
   */
  public Analysis analyze(Experiment experiment, Totals totals, double alpha) {
    return Analysis.of(experiment, totals, Analysis.layers(experiment, catalog.get()), alpha);
  }

  /** What was counted in an experiment. */
  public Totals totals(Experiment experiment) {
    return Totals.read(database, experiment.name(), experiment.unit());
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
    if (outcome.at().isAfter(clock.instant().plus(CLOCK_SKEW))) {
      throw Refusal.invalid(
          "at: %s (expected: at most %d minutes ahead of the server's clock, which says %s)"
              .formatted(outcome.at(), CLOCK_SKEW.toMinutes(), now()));
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
      throw Refusal.overloaded(
          "outcome: there is no room left on disk to keep it (try again later)");
    }
  }

  /** Now, as exactly as both databases keep it. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  @Override
  public void close() {
    guardrails.close();
    watch.close();
    recorder.close();
    database.close();
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
