package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.CountBatch.Bucket;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.CountBatch.ExposedUnit;
import dev.offramp.server.experiment.state.CountBatch.Measure;
import dev.offramp.server.experiment.state.CountBatch.Sums;
import dev.offramp.server.experiment.state.Definitions.Edited;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An empty database, and what tests put into it. */
abstract class StateFixture {

  static final Instant NOW = Instant.parse("2026-11-01T12:00:00.123456Z");

  Database database;
  Definitions definitions;
  Counts counts;

  /** Where an empty database is, the same all through a test. */
  abstract StateSettings settings();

  @BeforeEach
  void open() {
    database = new Database(settings());
    definitions = new Definitions(database);
    counts = new Counts(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  static Change change(String why) {
    return new Change(0, "ann", why);
  }

  final ExperimentStatus create(String name) {
    ExperimentStatus status = ExperimentStatus.draft(new Definition(name).make(), NOW);
    var _ = definitions.change(change("try"), (_, _) -> Optional.of(new Edited("create", status)));
    return status;
  }

  static CountBatch batch(String arm, long n, String... units) {
    var exposed = new TreeMap<ExposedUnit, Instant>();
    Arrays.stream(units).forEach(unit -> exposed.put(new ExposedUnit("e", unit, arm), NOW));
    return new CountBatch(
        new TreeMap<>(Map.of(new Count("e", arm, Count.EXPOSURE, ""), n)),
        new TreeMap<>(
            Map.of(
                new Bucket("e", arm, Bucket.EXIT_DEPTH, 2),
                n,
                new Bucket("e", arm, Bucket.LATENCY, 1_000),
                n)),
        new TreeMap<>(
            Map.of(new Measure("e", arm, "offramp.exit_depth"), new Sums(n, 2.0 * n, 4.0 * n))),
        exposed,
        List.of(),
        new TreeMap<>(Map.of(new AuditedTier("sst2", "1", "x2"), new TierAudits(2 * n, n))));
  }

  static CountBatch outcomes(Outcome... outcomes) {
    return new CountBatch(
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        List.of(outcomes),
        new TreeMap<>());
  }

  static Outcome outcome(String unit, String name, double value, String id) {
    return new Outcome(UnitKind.UNIT, unit, name, value, id, NOW);
  }
}
