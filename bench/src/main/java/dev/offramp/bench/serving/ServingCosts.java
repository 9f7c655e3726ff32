package dev.offramp.bench.serving;

import dev.offramp.client.ExperimentAdmin;
import dev.offramp.client.ExperimentAdmin.Cause;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/*
 * Three things are to cost nearly nothing: looking for a text in the cache and putting it there, an
 * experiment with its audits, and a version that comes while the one before serves. The first two
 * are shares of a few percent of throughput, on machines whose pace moves by more than that within
 * seconds. So they are measured in many short windows, with and without in turns, beginning with
 * another one every time, and the median of the pairs' ratios counts. A window is a number of texts and
 * not a time: a large model answers a batch at a time, and of a few dozen batches one more or less
 * would be what is measured.
 */

/**
 * Measures what extras cost a server: cache misses, an experiment with audits, swaps of the model.
 *
 * <p>Threading: one thread.
 */
final class ServingCosts {
  private static final long SEED = 2;
  private static final int UNITS = 10_000;
  private static final String EXPERIMENT = "cost";

  private static final Duration SETTLE = Duration.ofMillis(300);

  /** So long a wait that no audit is dropped for it: audits are what is measured. */
  private static final String SOFT_WAIT = Served.MAX_WAIT.toSeconds() + "s";

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
   * @param audits that both made
   * @param swaps by round
   */
  record Result(
      List<Pair> misses,
      List<Pair> requests,
      List<Pair> units,
      long exposures,
      long audits,
      List<Swaps.Result> swaps) {

    Result {
      misses = List.copyOf(misses);
      requests = List.copyOf(requests);
      units = List.copyOf(units);
      swaps = List.copyOf(swaps);
    }

    /** Throughput when no text is in the cache over that without a cache. */
    double missRatio() {
      return ServerRun.median(misses, Pair::ratio);
    }

    /** Throughput with an experiment that splits requests, and audits, over that without. */
    double experimentsRatio() {
      return ServerRun.median(requests, Pair::ratio);
    }

    /** The same of one that splits units. */
    double unitExperimentsRatio() {
      return ServerRun.median(units, Pair::ratio);
    }

    /** p99 while the model is swapped over that while nothing is. */
    double swapRatio() {
      return ServerRun.median(swaps, Swaps.Result::ratio);
    }
  }

  private final Path work;
  private final Seats seats;
  private final CostLoad load;
  private final Random random = new Random(SEED);
  private final Duration window;

  /**
   * Plans it.
   *
   * @param load what servers are asked
   * @param window how long each load is measured
   */
  ServingCosts(Path work, Seats seats, CostLoad load, Duration window) {
    this.work = work;
    this.seats = seats;
    this.load = load;
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
    // All but the one that is asked for misses are asked the same: a JVM is the faster the more it
    // did.
    try (Served cached = plain(model, "--model-root", work.toString());
        Served plain = plain(model);
        Served splitting = tested(model, UnitKind.UNIT_KIND_REQUEST);
        Served splittingUnits = tested(model, UnitKind.UNIT_KIND_UNIT)) {
      List<Served> all = List.of(cached, plain, splitting, splittingUnits);
      progress.say(
          "What extras cost: warming %d servers, %d s each ...",
          all.size(), load.warmUp().toSeconds());
      int texts = warm(all);
      var swapping = new Swaps(cached, model, queries(4 * load.inFlight(), Query::withoutCache));
      for (int round = 1; round <= rounds; round++) {
        for (int i = 0; i < load.pairs(); i++) {
          int turn = (round - 1) * load.pairs() + i;
          double[] pair =
              inTurns(
                  turn,
                  () -> perSecond(cached.client(), texts, Query::withoutCache),
                  () -> perSecond(cached.client(), texts, UnaryOperator.identity()));
          misses.add(new Pair(pair[0], pair[1]));
          double[] three =
              inTurns(
                  turn,
                  () -> perSecond(plain.client(), texts, this::ofSomebody),
                  () -> perSecond(splitting.client(), texts, this::ofSomebody),
                  () -> perSecond(splittingUnits.client(), texts, this::ofSomebody));
          requests.add(new Pair(three[0], three[1]));
          units.add(new Pair(three[0], three[2]));
        }
        swaps.add(swapping.run(misses.getLast().without(), round));
        progress.say("What extras cost: round %d of %d is measured.", round, rounds);
      }
      long exposures = exposures(splitting) + exposures(splittingUnits);
      long audits = audits(splitting) + audits(splittingUnits);
      for (Served served : all) {
        served.process().stop();
      }
      return new Result(misses, requests, units, exposures, audits, swaps);
    }
  }

  /** A load that has a throughput. */
  private interface Load {
    double perSecond() throws InterruptedException;
  }

  /** Each once, beginning with another one every time. */
  private static double[] inTurns(int number, Load... loads) throws InterruptedException {
    var perSecond = new double[loads.length];
    for (int i = 0; i < loads.length; i++) {
      int turn = (number + i) % loads.length;
      perSecond[turn] = loads[turn].perSecond();
    }
    return perSecond;
  }

  /**
   * Asks all in turns for as long as their warm-ups take; returns how many texts the fastest
   * answers in a window.
   */
  private int warm(List<Served> all) throws InterruptedException {
    int count = load.inFlight();
    long limit = load.warmUp().multipliedBy(all.size()).toNanos();
    for (long began = System.nanoTime(); System.nanoTime() - began < limit; ) {
      double best = 0;
      for (Served served : all) {
        best = Math.max(best, perSecond(served.client(), count, this::ofSomebody));
      }
      count = Math.max(load.inFlight(), (int) (best * load.windows() * window.toMillis() / 1000));
    }
    return count;
  }

  private double perSecond(OfframpClient client, int count, UnaryOperator<Query> kind)
      throws InterruptedException {
    ClientLoad.Result result = new ClientLoad(client, queries(count, kind), load.inFlight()).once();
    Thread.sleep(SETTLE); // Audits that are left run now, and not while another server is measured.
    if (result.cached() > 0.01) {
      throw new IllegalStateException(
          "answers from the cache: %.3f of all (expected: none, or few by chance)"
              .formatted(result.cached()));
    }
    return result.perSecond();
  }

  private List<Query> queries(int count, UnaryOperator<Query> kind) {
    return load.fresh().apply(count).stream().map(kind).toList();
  }

  private Query ofSomebody(Query query) {
    return query.withUnit("user-" + random.nextInt(UNITS));
  }

  private Served plain(Path model, String... more) throws IOException, InterruptedException {
    return Served.start(
        work,
        seats,
        model,
        Stream.concat(Stream.of("--audit-share", "0"), Arrays.stream(more)).toArray(String[]::new));
  }

  /** With an experiment and audits. */
  private Served tested(Path model, UnitKind kind) throws IOException, InterruptedException {
    Path state = Files.createTempDirectory(work, "state");
    Served served =
        Served.start(work, seats, model, "--state", state.toString(), "--soft-wait", SOFT_WAIT);
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
                  .addArms(
                      Arm.newBuilder().setName("control").setWeight(0.5).setTier(CostLoad.TIER))
                  .addArms(Arm.newBuilder().setName("same").setWeight(0.5).setTier(CostLoad.TIER))
                  .setMetric(Metric.newBuilder().setName("revenue").setBetter(Better.BETTER_HIGHER))
                  .build(),
              cause,
              false);
      var _ = admin.start(EXPERIMENT, cause);
    }
  }

  /** Each scores all tiers of the model. */
  private static long audits(Served served) {
    return served.client().models().getFirst().tiers().getFirst().audits().count();
  }

  private static long exposures(Served served) {
    try (ExperimentAdmin admin = ExperimentAdmin.connect(served.process().address())) {
      return admin.get(EXPERIMENT).getArmsList().stream().mapToLong(ArmCounts::getExposures).sum();
    }
  }
}
