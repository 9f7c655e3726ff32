package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tvm.TvmException;
import dev.offramp.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/*
 * An evolutionary search. A round compiles some candidates: mutants and crossings of the best known,
 * and strangers, fewer of these as the search goes on. Each must compute what the first schedule
 * computes. Then they take turns with the champion, several times over, small batch and large, and a
 * candidate's score is the median over the turns of its time against the champion's in the same turn:
 * what disturbs the machine for longer than a turn disturbs both. Who beats the champion must do so
 * again, in a duel of more turns, before it takes its place, for among many a lucky one is always
 * fastest.
 *
 * Scores are relative to the champion of their round and are chained, so that the population can be
 * ranked across rounds.
 */

/** One workload's search. Threading: one thread. Ownership: {@link #close} frees its batches. */
final class Search implements AutoCloseable {
  private static final Logger log = LogManager.getLogger(Search.class);

  /** A small batch and a large one. */
  private static final List<KernelCase.Batch> BATCHES =
      List.of(new KernelCase.Batch(96, 32), new KernelCase.Batch(512, 128));

  private static final long SEED = 7;
  private static final int CANDIDATES = 6;
  private static final int TURNS = 5;
  private static final int DUEL_TURNS = 15;
  private static final int PARENTS = 8;
  private static final int IDLE_ROUNDS = 12;
  private static final double BETTER = 0.995;
  private static final double TOLERANCE = 1e-4;
  private static final int ATTEMPTS = 50;

  private final CpuTarget target;
  private final Workload workload;
  private final Space space;
  private final Peak peak;
  private final KernelCase batches;
  private final Random random = new Random(SEED);
  private final List<Scored> population = new ArrayList<>();
  private final Set<Schedule> seen = new HashSet<>();
  private final List<float[]> expected = new ArrayList<>();

  Search(ModelConfig config, CpuTarget target, Workload workload, Space space, Peak peak) {
    this.target = target;
    this.workload = workload;
    this.space = space;
    this.peak = peak;
    this.batches =
        new KernelCase(
            config,
            target,
            workload,
            BATCHES.stream().map(batch -> within(batch, config.maxPositions())).toList());
  }

  private static KernelCase.Batch within(KernelCase.Batch batch, int positions) {
    int length = Math.min(batch.length(), positions);
    return new KernelCase.Batch(batch.tokens() / length * length, length);
  }

  /** A schedule and what it reaches. */
  record Found(Schedule schedule, double gops, double fractionOfPeak) {}

  /** A schedule and its time relative to the first champion's. */
  private record Scored(Schedule schedule, double score) {}

  /** Hears of rounds. */
  interface Progress {
    void round(Found best, int candidates);
  }

  /** Is told of every new champion. */
  interface Keeper {
    void keep(Found champion) throws IOException;
  }

  /**
   * Searches until the time is up, or nothing better has been found for a while.
   *
   * @param start the first champion
   * @param end by {@link System#nanoTime}
   */
  Found run(Schedule start, long end, Progress progress, Keeper keeper) throws IOException {
    Schedule champion = start;
    double championScore = 1;
    population.add(new Scored(start, 1));
    seen.add(start);
    Found best = first(start);
    keeper.keep(best);
    progress.round(best, seen.size());
    for (int idle = 0; System.nanoTime() < end && idle < IDLE_ROUNDS; idle++) {
      List<Schedule> proposals = propose();
      if (proposals.isEmpty()) {
        break; // The space is small and has been seen whole.
      }
      double[] ratios = contest(proposals, champion, TURNS, end);
      int fastest = -1;
      for (int i = 0; i < ratios.length; i++) {
        if (!Double.isNaN(ratios[i])) {
          population.add(new Scored(proposals.get(i), championScore * ratios[i]));
          fastest = fastest < 0 || ratios[i] < ratios[fastest] ? i : fastest;
        }
      }
      if (fastest >= 0 && ratios[fastest] < BETTER) {
        Schedule rival = proposals.get(fastest);
        double duel = contest(List.of(rival), champion, DUEL_TURNS, Long.MAX_VALUE)[0];
        if (duel < BETTER) {
          champion = rival;
          championScore *= duel;
          idle = 0;
          best = measure(champion);
          keeper.keep(best);
        }
      }
      progress.round(best, seen.size());
    }
    return best;
  }

  /** What the first schedule computes is what all others must. */
  private Found first(Schedule start) {
    try (var candidate = batches.compile(start)) {
      for (int batch = 0; batch < batches.batches(); batch++) {
        expected.add(candidate.output(batch));
      }
    }
    return measure(start);
  }

  private List<Schedule> propose() {
    population.sort(Comparator.comparingDouble(Scored::score));
    List<Scored> parents = population.subList(0, Math.min(PARENTS, population.size()));
    // Strangers find the region, children the place in it.
    double strangers = Math.max(0.1, 1 - seen.size() / 40.0);
    var proposals = new ArrayList<Schedule>();
    for (int i = 0; i < ATTEMPTS && proposals.size() < CANDIDATES; i++) {
      Schedule parent = parents.get(random.nextInt(parents.size())).schedule();
      Schedule proposal;
      if (random.nextDouble() < strangers) {
        proposal = space.random(random, parent);
      } else if (parents.size() > 1 && random.nextInt(4) == 0) {
        Schedule other = parents.get(random.nextInt(parents.size())).schedule();
        proposal = space.cross(parent, other, random);
      } else {
        proposal = space.neighbour(parent, random);
      }
      if (seen.add(proposal)) {
        proposals.add(proposal);
      }
    }
    return proposals;
  }

  /**
   * Lets schedules take turns with the champion.
   *
   * @return for each its time relative to the champion's, NaN for what is no good or came too late
   */
  private double[] contest(List<Schedule> schedules, Schedule champion, int turns, long end) {
    var ratios = new double[schedules.size()];
    Arrays.fill(ratios, Double.NaN);
    var running = new ArrayList<KernelCase.Candidate>();
    var numbers = new ArrayList<Integer>();
    try (var against = batches.compile(champion)) {
      for (int i = 0; i < schedules.size() && System.nanoTime() < end; i++) {
        KernelCase.Candidate candidate = checked(schedules.get(i));
        if (candidate != null) {
          running.add(candidate);
          numbers.add(i);
        }
      }
      var logarithms = new double[running.size()];
      for (int batch = 0; batch < batches.batches(); batch++) {
        double[][] turnRatios = turns(running, against, batch, turns);
        for (int c = 0; c < running.size(); c++) {
          // All batches count alike: the mean of the logarithms.
          logarithms[c] += Math.log(median(turnRatios[c])) / batches.batches();
        }
      }
      for (int c = 0; c < running.size(); c++) {
        ratios[numbers.get(c)] = Math.exp(logarithms[c]);
      }
      return ratios;
    } finally {
      running.forEach(KernelCase.Candidate::close);
    }
  }

  private static double[][] turns(
      List<KernelCase.Candidate> running, KernelCase.Candidate against, int batch, int turns) {
    var ratios = new double[running.size()][turns];
    against.run(batch);
    for (int turn = 0; turn < turns; turn++) {
      double own = against.run(batch);
      for (int c = 0; c < running.size(); c++) {
        ratios[c][turn] = running.get(c).run(batch);
      }
      // What came before and after a turn are both near it.
      own = (own + against.run(batch)) / 2;
      for (int c = 0; c < running.size(); c++) {
        ratios[c][turn] /= own;
      }
    }
    return ratios;
  }

  /** A candidate that computes what it should, warmed up; null for any other. */
  private KernelCase.@Nullable Candidate checked(Schedule schedule) {
    KernelCase.Candidate candidate;
    try {
      candidate = batches.compile(schedule);
    } catch (TvmException e) {
      log.warn("{}: {} does not compile and is left out: {}", target, schedule, e.getMessage());
      return null;
    }
    for (int batch = 0; batch < batches.batches(); batch++) {
      int wrong = firstDifference(candidate.output(batch), expected.get(batch));
      if (wrong >= 0) {
        log.warn(
            "{}: {} with {} computes something else at element {} and is left out",
            target,
            workload.key(),
            schedule,
            wrong);
        candidate.close();
        return null;
      }
    }
    return candidate;
  }

  /** The first element that is too far from what it should be, -1 if none is. */
  static int firstDifference(float[] actual, float[] expected) {
    for (int i = 0; i < expected.length; i++) {
      double most = TOLERANCE * Math.max(1, Math.abs(expected[i]));
      // Written so that NaN is a difference too.
      if (!(Math.abs(actual[i] - expected[i]) <= most)) {
        return i;
      }
    }
    return -1;
  }

  private Found measure(Schedule schedule) {
    double meanGops = 0;
    double meanFraction = 0;
    try (var candidate = batches.compile(schedule)) {
      for (int batch = 0; batch < batches.batches(); batch++) {
        candidate.run(batch);
        var gops = new double[DUEL_TURNS];
        var fractions = new double[DUEL_TURNS];
        for (int turn = 0; turn < DUEL_TURNS; turn++) {
          double before = peak.measure();
          gops[turn] = batches.operations(batch) / candidate.run(batch);
          fractions[turn] = 2 * gops[turn] / (before + peak.measure());
        }
        meanGops += median(gops) / batches.batches();
        meanFraction += median(fractions) / batches.batches();
      }
    }
    return new Found(schedule, meanGops, meanFraction);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  @Override
  public void close() {
    batches.close();
  }
}
