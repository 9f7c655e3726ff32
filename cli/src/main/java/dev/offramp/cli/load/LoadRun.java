package dev.offramp.cli.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * One run of a plan: sends every call when it is due, whatever became of those before.
 *
 * <p>Threading: {@link #run} once, by one thread, which sends; {@link #stop} and {@link #snapshot}
 * by any.
 */
public final class LoadRun {
  /** {@value} calls: far more than a server answers in a second, far fewer than fill the heap. */
  public static final int DEFAULT_MAX_OUTSTANDING = 10_000;

  /** How long after the end of its plan the generator still sends what it is behind with. */
  private static final Duration CATCH_UP = Duration.ofSeconds(1);

  /** How long calls may take beyond their deadline, before they count as unfinished. */
  private static final Duration BEYOND_DEADLINE = Duration.ofSeconds(1);

  /** How long calls may still take once the run is stopped. */
  private static final Duration AFTER_STOP = Duration.ofSeconds(2);

  private static final long LOOK_NANOS = 1_000_000;

  /*
   * A closed loop, which sends the next call once one is answered, sends nothing while the server
   * stalls: the calls that would have met the stall are never made, and percentiles look fine. Here
   * the times of all calls are fixed by the plan. Whatever delays a call, the server, the network or
   * this generator, its latency counts from the plan, so that nothing is left out. What the
   * generator itself adds is recorded apart, as the send lag, since it is not the server's fault.
   */

  private final ArrivalPlan plan;
  private final Workload workload;
  private final LoadTarget target;
  private final int maxOutstanding;
  private final LoadClock clock;

  private final List<TierRecord> tiers;
  private final Timeline timeline;
  private final Histogram lagNanos = Percentiles.empty();
  private final Map<Outcome, String> messages = new ConcurrentHashMap<>();
  private final AtomicInteger outstanding = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final Recorder recent = new Recorder(1_000, Long.MAX_VALUE / 2, 2);

  private volatile @Nullable Thread sender;
  private volatile boolean stopped;
  private volatile long start;
  private int mostOutstanding;

  /**
   * A run to be started by {@link #run}.
   *
   * @param maxOutstanding how many calls may be in flight before further ones are dropped
   */
  public LoadRun(
      ArrivalPlan plan, Workload workload, LoadTarget target, int maxOutstanding, LoadClock clock) {
    if (maxOutstanding < 1) {
      throw new IllegalArgumentException(
          "max outstanding: %d (expected: >= 1)".formatted(maxOutstanding));
    }
    this.plan = plan;
    this.workload = workload;
    this.target = target;
    this.maxOutstanding = maxOutstanding;
    this.clock = clock;
    this.start = clock.nanoTime();
    this.tiers =
        workload.tiers().tiers().stream()
            .map(tier -> new TierRecord(tier.name(), workload.deadline().toNanos()))
            .toList();
    this.timeline = new Timeline(plan.measured());
  }

  /** A run by the machine's clock, with at most {@value #DEFAULT_MAX_OUTSTANDING} in flight. */
  public static LoadRun of(ArrivalPlan plan, Workload workload, LoadTarget target) {
    return new LoadRun(plan, workload, target, DEFAULT_MAX_OUTSTANDING, LoadClock.SYSTEM);
  }

  /**
   * Sends all calls of the plan and waits for what becomes of them, at most a second longer than
   * their deadline.
   *
   * @throws InterruptedException if the thread is interrupted; what is in flight is left alone
   */
  public LoadResult run() throws InterruptedException {
    sender = Thread.currentThread();
    start = clock.nanoTime();
    long warmUp = plan.warmUp().toNanos();
    long tooLate = plan.length().plus(CATCH_UP).toNanos();
    long end = plan.length().toNanos();
    Workload.Calls calls = workload.calls();
    PrimitiveIterator.OfLong times = plan.dueNanos();
    while (times.hasNext()) {
      long due = times.nextLong();
      awaitUntil(due);
      if (stopped) {
        break;
      }
      long now = now();
      send(calls.next(), due, now, due >= warmUp, now > tooLate);
      end = now > tooLate ? end : Math.max(end, now);
    }
    if (stopped) {
      end = now();
    } else {
      awaitUntil(end);
    }
    drain(stopped ? AFTER_STOP : workload.deadline().plus(BEYOND_DEADLINE));
    sender = null;
    return result(Math.max(0, end - warmUp));
  }

  /** Sends no further call; what is in flight may finish within two seconds. */
  public void stop() {
    stopped = true;
    LockSupport.unpark(sender);
  }

  /** How the run is doing, and since the last look. */
  public synchronized LoadSnapshot snapshot() {
    return new LoadSnapshot(
        now() / 1e9,
        sent.get(),
        answered.get(),
        outstanding.get(),
        recent.getIntervalHistogram().getValueAtPercentile(99) / 1e6);
  }

  private void send(Workload.Call call, long due, long now, boolean counted, boolean tooLate) {
    long warmUp = plan.warmUp().toNanos();
    TierRecord tier = tiers.get(call.tier());
    if (counted) {
      tier.planned();
      timeline.planned(due - warmUp);
      lagNanos.recordValue(Percentiles.recordable(now - due));
    }
    if (tooLate || outstanding.get() >= maxOutstanding) {
      if (counted) {
        tier.dropped();
      }
      return;
    }
    mostOutstanding = Math.max(mostOutstanding, outstanding.incrementAndGet());
    sent.incrementAndGet();
    target.send(
        call.query(),
        reply -> {
          long arrival = now();
          outstanding.decrementAndGet();
          if (reply.outcome() == Outcome.ANSWERED) {
            answered.incrementAndGet();
            recent.recordValue(Percentiles.recordable(arrival - due));
          } else {
            messages.putIfAbsent(reply.outcome(), reply.message());
          }
          if (counted) {
            tier.ended(reply, arrival - due, arrival - now);
            if (reply.outcome() == Outcome.ANSWERED) {
              timeline.answered(due - warmUp, arrival - warmUp);
            }
          }
        });
  }

  private void awaitUntil(long due) throws InterruptedException {
    for (long left = due - now(); left > 0 && !stopped; left = due - now()) {
      clock.pause(left);
      if (Thread.interrupted()) {
        throw new InterruptedException("the run was interrupted");
      }
    }
  }

  private void drain(Duration limit) throws InterruptedException {
    long last = now() + limit.toNanos();
    boolean hurried = stopped;
    while (outstanding.get() > 0 && now() < last) {
      clock.pause(LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException("the run was interrupted");
      }
      if (stopped && !hurried) {
        hurried = true;
        last = Math.min(last, now() + AFTER_STOP.toNanos());
      }
    }
  }

  private LoadResult result(long measured) {
    return new LoadResult(
        plan,
        workload.deadline(),
        maxOutstanding,
        Duration.ofNanos(measured),
        stopped,
        mostOutstanding,
        tiers.stream().map(TierRecord::result).toList(),
        new SendLag(Percentiles.of(lagNanos)),
        timeline.slices(Math.min(measured, plan.measured().toNanos())),
        messages);
  }

  private long now() {
    return clock.nanoTime() - start;
  }
}
