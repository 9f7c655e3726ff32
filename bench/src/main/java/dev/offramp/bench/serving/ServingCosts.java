package dev.offramp.bench.serving;

import dev.offramp.client.ExperimentAdmin;
import dev.offramp.client.ExperimentAdmin.Cause;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.Better;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.Metric;
import dev.offramp.v1.UnitKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/*
 * Three things are to cost nearly nothing: looking for a text in the cache and putting it there, an
 * experiment with its audits, and a version that comes while the one before serves. The first two
 * are shares of a few percent of throughput, on machines whose pace moves by more than that within
 * seconds. So they are measured in many short windows, one with and one without in turns, in the
 * other order every time, and the median of the pairs' ratios counts.
 */

/**
 * Measures what extras cost a server: cache misses, an experiment with audits, swaps of the model.
 *
 * <p>Threading: one thread.
 */
final class ServingCosts {
  private static final long SEED = 2;
  private static final int IN_FLIGHT = 256;
  private static final int UNITS = 10_000;
  private static final int PAIRS = 4;
  private static final String EXPERIMENT = "cost";

  /** More than a window can send, so that none of its texts comes twice. */
  private static final int TEXTS_A_SECOND = 12_000;

  private static final Duration SETTLE = Duration.ofMillis(500);

  /** Of a JVM on one CPU, which compiles beside what it does, the database too. */
  private static final Duration FIRST_WARM_UP = Duration.ofSeconds(40);

  /**
   * Answers a second in two windows next to each other.
   *
   * @param without what is measured
   * @param with it
   */
  record Pair(double without, double with) {
    double ratio() {
      return with / without;
    }
  }

  /**
   * What was measured.
   *
   * @param misses with the cache, which has none of the texts, and without it
   * @param requests with an experiment that splits requests and 1 % audits, and without them
   * @param units with one that splits units, all seen before, and 1 % audits, and without them
   * @param exposures that both counted
   * @param swaps by round
   */
  record Result(
      List<Pair> misses,
      List<Pair> requests,
      List<Pair> units,
      long exposures,
      List<Swaps.Result> swaps) {

    Result {
      misses = List.copyOf(misses);
      requests = List.copyOf(requests);
      units = List.copyOf(units);
      swaps = List.copyOf(swaps);
    }
  }

  private final Path work;
  private final Seats seats;
  private final FreshTexts texts;
  private final Random random = new Random(SEED);
  private final Duration window;

  /**
   * Plans it.
   *
   * @param sentences that texts are made of
   * @param window how long each load is measured
   */
  ServingCosts(Path work, Seats seats, List<String> sentences, Duration window) {
    this.work = work;
    this.seats = seats;
    this.texts = new FreshTexts(sentences, SEED);
    this.window = window;
  }

  /** Measures all. The calling thread sits on the client's CPU. */
  Result run(Artifact artifact, int rounds, ServerBench.Progress progress)
      throws IOException, InterruptedException {
    var misses = new ArrayList<Pair>();
    var requests = new ArrayList<Pair>();
    var units = new ArrayList<Pair>();
    var swaps = new ArrayList<Swaps.Result>();
    Path model = artifact.directory();
    try (Served plain =
            Served.start(
                work, seats, model, "--audit-share", "0", "--model-root", work.toString());
        Served splitting = tested(model, UnitKind.UNIT_KIND_REQUEST);
        Served splittingUnits = tested(model, UnitKind.UNIT_KIND_UNIT)) {
      progress.say(
          "What extras cost: warming three servers, %d s each ...", FIRST_WARM_UP.toSeconds());
      for (Served served : List.of(plain, splitting, splittingUnits)) {
        var _ = perSecond(served.client(), FIRST_WARM_UP, this::ofSomebody);
      }
      var swapping = new Swaps(plain, model, queries(IN_FLIGHT * PAIRS, Query::withoutCache));
      for (int round = 1; round <= rounds; round++) {
        for (int i = 0; i < PAIRS; i++) {
          misses.add(
              pair(
                  i,
                  () -> perSecond(plain.client(), window, Query::withoutCache),
                  () -> perSecond(plain.client(), window, UnaryOperator.identity())));
          requests.add(
              pair(
                  i,
                  () -> perSecond(plain.client(), window, this::ofSomebody),
                  () -> perSecond(splitting.client(), window, this::ofSomebody)));
          units.add(
              pair(
                  i,
                  () -> perSecond(plain.client(), window, this::ofSomebody),
                  () -> perSecond(splittingUnits.client(), window, this::ofSomebody)));
        }
        swaps.add(swapping.run(misses.getLast().without(), round));
        progress.say("What extras cost: round %d of %d is measured.", round, rounds);
      }
      long exposures = exposures(splitting) + exposures(splittingUnits);
      for (Served served : List.of(plain, splitting, splittingUnits)) {
        served.process().stop();
      }
      return new Result(misses, requests, units, exposures, swaps);
    }
  }

  /** A load that has a throughput. */
  private interface Load {
    double perSecond() throws InterruptedException;
  }

  private static Pair pair(int number, Load without, Load with) throws InterruptedException {
    if (number % 2 == 0) {
      double first = without.perSecond();
      return new Pair(first, with.perSecond());
    }
    double first = with.perSecond();
    return new Pair(without.perSecond(), first);
  }

  private double perSecond(OfframpClient client, Duration window, UnaryOperator<Query> kind)
      throws InterruptedException {
    int count = (int) (window.plus(SETTLE).toMillis() * TEXTS_A_SECOND / 1000);
    ClientLoad.Result result =
        new ClientLoad(client, queries(count, kind), IN_FLIGHT).run(SETTLE, window);
    if (result.cached() > 0.01) {
      throw new IllegalStateException(
          "answers from the cache: %.3f of all (expected: none, or few by chance)"
              .formatted(result.cached()));
    }
    return result.perSecond();
  }

  /** Where texts leave early, as they do in use: the cache then keeps what they left with. */
  private List<Query> queries(int count, UnaryOperator<Query> kind) {
    return texts.next(count).stream()
        .map(text -> kind.apply(Query.of(text).withExit(Tier.of("x2"))))
        .toList();
  }

  private Query ofSomebody(Query query) {
    return query.withUnit("user-" + random.nextInt(UNITS));
  }

  /** With an experiment and audits. */
  private Served tested(Path model, UnitKind kind) throws IOException, InterruptedException {
    Path state = Files.createTempDirectory(work, "state");
    Served served = Served.start(work, seats, model, "--state", state.toString());
    startExperiment(served, kind);
    return served;
  }

  /** Both arms are the tier that was asked for: only what an experiment costs differs. */
  private static void startExperiment(Served served, UnitKind kind) {
    String model = served.client().models().getFirst().name();
    var cause = new Cause("bench", "to see what it costs");
    try (ExperimentAdmin admin = ExperimentAdmin.connect(served.process().address())) {
      var _ =
          admin.apply(
              Experiment.newBuilder()
                  .setName(EXPERIMENT)
                  .setModel(model)
                  .setUnit(kind)
                  .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("x2"))
                  .addArms(Arm.newBuilder().setName("same").setWeight(0.5).setTier("x2"))
                  .setMetric(Metric.newBuilder().setName("revenue").setBetter(Better.BETTER_HIGHER))
                  .build(),
              cause,
              false);
      var _ = admin.start(EXPERIMENT, cause);
    }
  }

  private static long exposures(Served served) {
    try (ExperimentAdmin admin = ExperimentAdmin.connect(served.process().address())) {
      return admin.get(EXPERIMENT).getArmsList().stream().mapToLong(ArmCounts::getExposures).sum();
    }
  }
}
