package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One worker under load in virtual time: a layer takes {@code (12 + tokens) * 57 us}, about what
 * BERT-base does on one core, and nothing else takes any. So whatever comes out is the same on
 * every machine.
 */
final class VirtualLoad {
  static final int LAYERS = 12;
  static final int TOKENS = 20;

  private static final double NANOS_A_TOKEN = 57_000;
  private static final double FIXED_NANOS = 12 * NANOS_A_TOKEN;
  private static final BatchLimits LIMITS = new BatchLimits(512, 64);
  private static final ExitRule RULE = new ExitRule.Threshold(ExitSignal.ENERGY, 0.1);

  /** The first token of audits, beyond all exits. */
  private static final int AUDIT = LAYERS + 1;

  private static final long LENGTH = Duration.ofSeconds(40).toNanos();

  /** What became of those that came after the first tenth of the time. */
  static final class Result {
    int offered;
    int refused;
    int expired;
    int byRule;
    int anytime;
    int late;
    long longestNanos;
    long totalNanos;
    private final List<Long> latencies = new ArrayList<>();
    int mostParked;
    int saves;
    int auditsOffered;
    int auditsRefused;
    int audits;
    int auditLayers;

    /** The latency that this share of the answered did not exceed. */
    long quantileNanos(double share) {
      latencies.sort(null);
      return latencies.get((int) (share * (latencies.size() - 1)));
    }
  }

  private final AtomicLong clock = new AtomicLong();
  private final ModelConfig config = RandomModels.config(LAYERS, 8, 2, 512, 2);
  private final WorkQueue queue = new WorkQueue(1, Duration.ofSeconds(1).toNanos(), clock::get);
  private final Lane lane = new Lane(config, new Layers(config.hiddenSize()), () -> {}, 1, LIMITS);
  private final Random random;

  /** Their own, so that the same texts come with and without audits. */
  private final Random auditRandom;

  private final double meanDepth;
  private final double load;
  private final long deadline;
  private final Result result = new Result();
  private double auditShare;
  private int inFlight;
  private boolean sentences;
  private double away;
  private int underWay;
  private int auditsUnderWay;

  /**
   * A load to be run.
   *
   * @param meanDepth layers that texts run on average
   * @param load texts that come, over those that full batches could answer
   * @param deadline of each, from when it comes; zero for none
   */
  VirtualLoad(long seed, double meanDepth, double load, Duration deadline) {
    this.random = new Random(seed);
    this.auditRandom = new Random(-seed);
    this.meanDepth = meanDepth;
    this.load = load;
    this.deadline = deadline.toNanos();
  }

  /** Has a share of the texts audited once they are answered. */
  VirtualLoad withAudits(double share) {
    auditShare = share;
    return this;
  }

  /** As many texts are on their way at all times, whatever the load. */
  VirtualLoad withInFlight(int texts) {
    inFlight = texts;
    return this;
  }

  /** As long as sentences are, and as different: half of them within 12 and 25 tokens. */
  VirtualLoad ofSentences() {
    sentences = true;
    return this;
  }

  /** Between layers something else has the core, for a multiple of what the layer took. */
  VirtualLoad withWorkerAway(double layers) {
    away = layers;
    return this;
  }

  private int length() {
    return sentences
        ? Math.clamp(Math.round(Math.exp(2.85 + 0.55 * random.nextGaussian())), 4, 128)
        : TOKENS;
  }

  Result run() {
    for (int tokens : new int[] {20, 128, 512, 20, 128, 512}) {
      lane.cost().note(tokens, (long) (FIXED_NANOS + tokens * NANOS_A_TOKEN));
    }
    lane.expect(RULE, meanDepth);
    var worker =
        new LaneWork(
            lane,
            0,
            queue,
            clock::get,
            (_, _, _, _, parked, _, _) -> result.mostParked = Math.max(result.mostParked, parked));
    double full = FIXED_NANOS / LIMITS.tokens() + NANOS_A_TOKEN;
    double perNano = load / (meanDepth * TOKENS * full);
    double next = 0;
    while (clock.get() < LENGTH) {
      for (; inFlight > 0 && underWay < inFlight; underWay++) {
        offer(clock.get());
      }
      for (; inFlight == 0 && next <= clock.get(); ) {
        offer((long) next);
        next -= Math.log(1 - random.nextDouble()) / perNano;
      }
      if (worker.hasWork()) {
        long began = clock.get();
        worker.step();
        clock.addAndGet((long) (away * (clock.get() - began)));
      } else {
        clock.set((long) next + 1);
      }
    }
    while (worker.hasWork()) {
      worker.step();
    }
    lane.release();
    if (!lane.isFreed()) {
      throw new AssertionError("the lane is held by texts that have ended");
    }
    return result;
  }

  private void offer(long came) {
    int[] ids = new int[length()];
    ids[0] = exitDepth();
    boolean counts = came > LENGTH / 10;
    long end = deadline == 0 ? Caller.NO_DEADLINE : came + deadline;
    var passage = new Passage(EncodedText.of(ids), RULE, end, new Ends(came, end, counts));
    lane.hold();
    passage.accepted(LAYERS, 2, clock.get(), lane.predictNanos(passage), lane.expectations());
    result.offered += counts ? 1 : 0;
    if (queue.offer(lane, passage) != Engine.Offer.ACCEPTED) {
      result.refused += counts ? 1 : 0;
      lane.release();
    }
  }

  /** Runs an answered text on to the last layer, from where it left. */
  private void audit(Departure departure) {
    int[] ids = new int[TOKENS];
    ids[0] = AUDIT;
    float[] rows = new float[TOKENS * config.hiddenSize()];
    rows[0] = AUDIT;
    rows[1] = TOKENS;
    int depth = departure.exit().depth();
    if (depth == LAYERS) {
      return;
    }
    if (auditsUnderWay * TOKENS >= LIMITS.tokens()) { // As a server's settings of audits say.
      result.auditsRefused++;
      return;
    }
    boolean rowsKept = auditRandom.nextBoolean();
    var passage =
        new Passage(
            EncodedText.of(ids),
            new Caller(ExitRule.fullDepth(), Caller.NO_DEADLINE, new Audited()),
            Priority.AUDIT,
            this,
            null,
            rowsKept ? new Passage.Start(departure.trace(), rows) : null,
            true);
    lane.hold();
    passage.accepted(LAYERS, 2, clock.get(), lane.predictNanos(passage), lane.expectations());
    if (queue.offer(lane, passage) != Engine.Offer.ACCEPTED) {
      result.auditsRefused++;
      lane.release();
      return;
    }
    result.auditLayers += LAYERS - (rowsKept ? depth : 0);
    result.auditsOffered++;
    auditsUnderWay++;
  }

  /** Geometric, cut at the last layer. */
  private int exitDepth() {
    if (meanDepth >= LAYERS) {
      return LAYERS;
    }
    double stay = 1 - 1 / meanDepth;
    return (int)
        Math.min(LAYERS, 1 + Math.floor(Math.log(1 - random.nextDouble()) / Math.log(stay)));
  }

  private final class Ends implements DepartureListener {
    private final long came;
    private final long end;
    private final boolean counts;

    Ends(long came, long end, boolean counts) {
      this.came = came;
      this.end = end;
      this.counts = counts;
    }

    @Override
    public void onDeparture(Departure departure) {
      underWay--;
      if (auditRandom.nextDouble() < auditShare) {
        audit(departure);
      }
      if (!counts) {
        return;
      }
      result.totalNanos += clock.get() - came;
      result.latencies.add(clock.get() - came);
      result.longestNanos = Math.max(result.longestNanos, clock.get() - came);
      if (clock.get() > end) {
        result.late++;
      } else if (departure.exit().reason() == Exit.Reason.DEADLINE) {
        result.anytime++;
      } else {
        result.byRule++;
      }
    }

    @Override
    public void onExpired() {
      result.expired += counts ? 1 : 0;
    }
  }

  private final class Audited implements DepartureListener {
    @Override
    public void onDeparture(Departure departure) {
      if (departure.exit().depth() != LAYERS) {
        throw new AssertionError("an audit ended at " + departure.exit());
      }
      result.audits++;
      auditsUnderWay--;
    }
  }

  /** Layers that take their time; a text's first token says where it leaves. */
  private final class Layers implements Backend {
    private final int width;

    Layers(int width) {
      this.width = width;
    }

    @Override
    public LayerKernels kernels(int maxTokens, int maxSequences) {
      return new LayerKernels() {
        private final List<Integer> exits = new ArrayList<>();
        private final List<Integer> lengths = new ArrayList<>();

        @Override
        public void start(List<EncodedText> texts) {
          exits.clear();
          lengths.clear();
          texts.forEach(text -> exits.add(text.id(0)));
          texts.forEach(text -> lengths.add(text.length()));
        }

        @Override
        public void layer(int depth) {
          long audits = exits.stream().filter(exit -> exit == AUDIT).count();
          if (audits > 0 && audits < exits.size()) {
            throw new AssertionError(audits + " audits in a batch of " + exits.size());
          }
          clock.addAndGet((long) (FIXED_NANOS + tokens() * NANOS_A_TOKEN));
        }

        @Override
        public void exit(int depth, float[] logits) {
          for (int i = 0; i < exits.size(); i++) {
            logits[2 * i] = depth >= exits.get(i) ? 50 : 0;
            logits[2 * i + 1] = 0;
          }
        }

        private int tokens() {
          return lengths.stream().mapToInt(length -> length).sum();
        }

        @Override
        public void keep(int[] survivors, int count) {
          for (int i = 0; i < count; i++) {
            exits.set(i, exits.get(survivors[i]));
            lengths.set(i, lengths.get(survivors[i]));
          }
          exits.subList(count, exits.size()).clear();
          lengths.subList(count, lengths.size()).clear();
        }

        @Override
        public void save(int text, float[] rows) {
          result.saves++;
          rows[0] = exits.get(text);
          rows[1] = lengths.get(text);
        }

        @Override
        public void resume(List<float[]> rows) {
          exits.clear();
          lengths.clear();
          join(rows);
        }

        @Override
        public void join(List<float[]> rows) {
          for (float[] text : rows) {
            exits.add((int) text[0]);
            lengths.add(text.length / width);
            if (text.length != width * (int) text[1]) {
              throw new AssertionError(text.length + " values of a text of " + text[1] + " tokens");
            }
          }
          if (tokens() > maxTokens || exits.size() > maxSequences) {
            throw new AssertionError("a batch larger than the buffers: " + exits.size());
          }
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void close() {}
  }
}
