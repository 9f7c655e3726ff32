package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.state.Definitions;
import dev.offramp.server.experiment.state.Definitions.Edited;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.Catalog;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Changes to experiments. Each is one transaction with its entry in the audit log, and requests
 * meet it at once here, and on other replicas with their next look.
 *
 * <p>Threading: safe for all threads. Errors: {@link Refusal} where an experiment cannot be what is
 * asked; {@link dev.offramp.server.experiment.state.StateAwayException} while the database is away.
 */
public final class Edits {
  private final Definitions definitions;
  private final Supplier<Catalog> catalog;
  private final Runnable onChange;

  /**
   * Changes what is defined.
   *
   * @param catalog what is served
   * @param onChange runs after each
   */
  Edits(Definitions definitions, Supplier<Catalog> catalog, Runnable onChange) {
    this.definitions = definitions;
    this.catalog = catalog;
    this.onChange = onChange;
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
   * @param keepsCoverage whether the coverage of one under way stays what it is, which a ramp plan
   *     may have moved
   * @param dryRun whether to leave all as it is and say what would be
   * @throws Refusal if it cannot be that
   */
  public Applied apply(
      Experiment definition, boolean keepsCoverage, Change change, boolean dryRun) {
    var applied = new Applied[1];
    var _ =
        definitions.change(
            change,
            (all, now) -> {
              Optional<ExperimentStatus> before = find(all, definition.name());
              requireVersion(change, before);
              Experiment experiment = keepsCoverage ? asCovered(definition, before) : definition;
              if (before.isPresent() && before.get().experiment().equals(experiment)) {
                applied[0] = new Applied(before, before.get());
                return Optional.empty();
              }
              ExperimentStatus after = applied(before, experiment, all, now);
              applied[0] = new Applied(before, after);
              return dryRun
                  ? Optional.empty()
                  : Optional.of(new Edited(before.isEmpty() ? "create" : "change", after));
            });
    onChange.run();
    return applied[0];
  }

  private static Experiment asCovered(Experiment definition, Optional<ExperimentStatus> before) {
    return before
        .filter(status -> status.state().isUnderWay())
        .map(status -> definition.withCoverage(status.experiment().coverage()))
        .orElse(definition);
  }

  private ExperimentStatus applied(
      Optional<ExperimentStatus> before,
      Experiment experiment,
      List<ExperimentStatus> all,
      Instant now) {
    ArmCheck.require(
        experiment, before.map(ExperimentStatus::arms).orElse(ArmStates.NONE), catalog.get());
    if (before.isEmpty()) {
      return ExperimentStatus.draft(experiment, now);
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
        SharedMetrics.require(experiment, all);
        if (status.state() == ExperimentState.RUNNING) {
          Overlaps.require(experiment, all);
        }
      }
      case STOPPED, PROMOTED ->
          throw Refusal.precondition(
              "experiment: %s is %s (expected: one that has not ended; names are used once)"
                  .formatted(experiment.name(), status.state()));
    }
    return status.next(experiment, status.state(), status.promotedArm(), now);
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
        (status, all, now) -> {
          requireLeads(status, to);
          return to == ExperimentState.RUNNING
              ? started(status, all, now)
              : status.next(status.experiment(), to, "", now);
        });
  }

  private ExperimentStatus started(
      ExperimentStatus status, List<ExperimentStatus> all, Instant now) {
    Experiment experiment = status.experiment();
    Catalog served = catalog.get();
    ArmCheck.require(experiment, status.arms(), served);
    SharedMetrics.require(experiment, all);
    Overlaps.require(experiment, all);
    return status.started(ArmVersions.of(experiment, served), now);
  }

  /** Ends an experiment whatever its version and state; one that has ended stays as it is. */
  public ExperimentStatus kill(String name, Change change) {
    var any = new Change(0, change.who(), change.why());
    return edit(
        name,
        "kill",
        any,
        (status, all, now) ->
            status.state() == ExperimentState.STOPPED
                ? status
                : status.next(status.experiment(), ExperimentState.STOPPED, "", now));
  }

  /** Ends an experiment with a winner; {@link Refusal} if there is none of that name. */
  public ExperimentStatus promote(String name, String winner, Change change) {
    return edit(
        name,
        "promote",
        change,
        (status, all, now) -> {
          requireLeads(status, ExperimentState.PROMOTED);
          requireArm(status, winner);
          if (status.arms().isStopped(winner)) {
            throw Refusal.precondition(
                "arm: '%s' of %s was stopped (expected: one that was not; ask again in another experiment)"
                    .formatted(winner, name));
          }
          ArmCheck.require(status.experiment(), status.arms(), catalog.get());
          return status.next(status.experiment(), ExperimentState.PROMOTED, winner, now);
        });
  }

  /**
   * Ends an arm; with the last one that can be compared, the experiment. One that was stopped stays
   * so.
   *
   * @throws Refusal if there is none of that name, or it is the first, or the experiment is not
   *     under way
   */
  public ExperimentStatus stopArm(String name, String arm, Change change) {
    return edit(
        name,
        "stop-arm",
        change,
        (status, all, now) -> {
          requireArm(status, arm);
          if (!status.state().isUnderWay()) {
            throw Refusal.precondition(
                "experiment: %s is %s (expected: one that runs or is paused)"
                    .formatted(name, status.state()));
          }
          if (status.experiment().arms().getFirst().name().equals(arm)) {
            throw Refusal.precondition(
                "arm: '%s' is what the others are compared with (expected: another one; or stop the experiment)"
                    .formatted(arm));
          }
          return status.arms().isStopped(arm) ? status : status.without(arm, now);
        });
  }

  private static void requireArm(ExperimentStatus status, String arm) {
    if (status.experiment().arm(arm).isEmpty()) {
      throw Refusal.notFound(
          "arm: '%s' (known to %s: %s)"
              .formatted(
                  arm, status.name(), status.experiment().arms().stream().map(Arm::name).toList()));
    }
  }

  /** Lets in more or fewer units; {@link Refusal} if it has ended. */
  public ExperimentStatus setCoverage(String name, double coverage, Change change) {
    return cover(name, "coverage", coverage, change);
  }

  /** The same as its plan says. */
  ExperimentStatus ramp(String name, double coverage, Change change) {
    return cover(name, "ramp", coverage, change);
  }

  private ExperimentStatus cover(String name, String action, double coverage, Change change) {
    return edit(
        name,
        action,
        change,
        (status, all, now) -> {
          if (status.state().isOver()) {
            throw Refusal.precondition(
                "experiment: %s is %s (expected: one that has not ended)"
                    .formatted(name, status.state()));
          }
          try {
            return status.next(status.experiment().withCoverage(coverage), status.state(), "", now);
          } catch (IllegalArgumentException e) {
            throw Refusal.invalid(String.valueOf(e.getMessage()));
          }
        });
  }

  private interface Step {
    ExperimentStatus of(ExperimentStatus status, List<ExperimentStatus> all, Instant now);
  }

  private ExperimentStatus edit(String name, String action, Change change, Step step) {
    var after = new ExperimentStatus[1];
    var _ =
        definitions.change(
            change,
            (all, now) -> {
              ExperimentStatus before = require(all, name);
              requireVersion(change, Optional.of(before));
              after[0] = step.of(before, all, now);
              return after[0].version() == before.version()
                  ? Optional.empty()
                  : Optional.of(new Edited(action, after[0]));
            });
    onChange.run();
    return after[0];
  }

  private static void requireLeads(ExperimentStatus status, ExperimentState to) {
    if (!status.state().leadsTo(to)) {
      throw Refusal.precondition(
          "experiment: %s is %s, which does not lead to %s%s"
              .formatted(
                  status.name(),
                  status.state(),
                  to,
                  status.state() == to
                      ? " (it is that already)"
                      : status.state().isOver()
                          ? " (expected: a new one, under another name; this one has ended)"
                          : ""));
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

  /** The one of a name; {@link Refusal} if there is none. */
  static ExperimentStatus require(List<ExperimentStatus> all, String name) {
    return find(all, name)
        .orElseThrow(() ->
            Refusal.notFound(
                "experiment: '%s' (known: %s)"
                    .formatted(name, all.stream().map(ExperimentStatus::name).toList())));
  }
}
