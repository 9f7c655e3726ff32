package dev.offramp.bench.serving;

import dev.offramp.cli.ServerProcess;
import dev.offramp.cli.load.ArrivalPlan;
import dev.offramp.client.Answer;
import dev.offramp.client.CallCancelledException;
import dev.offramp.client.DeadlineExceededException;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.OverloadedException;
import dev.offramp.client.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * More than a server can do, for some time, from callers of all kinds: a third have deadlines of 1
 * to 100 ms, a tenth give up within 20 ms. Every call must end, and the server must be as it was
 * soon after. Callers would not see an answer that was given twice: gRPC does not let the second
 * out of the server, which logs that as an error.
 *
 * @param client asks
 * @param queries sent round and round
 * @param server which they ask
 */
record Soak(OfframpClient client, List<Query> queries, ServerProcess server) {
  private static final Duration ALL_END = Duration.ofSeconds(30);
  private static final Duration PATIENT = Duration.ofSeconds(10);
  private static final int PROBES = 50;

  /**
   * What became of it.
   *
   * @param calls sent
   * @param answered with an answer
   * @param anytime of these with the deepest exit that there was time for
   * @param refused as too many
   * @param expired without an answer by their deadline
   * @param cancelled given up
   * @param failed in any other way
   * @param unended that never ended
   * @param serverErrors that the server logged meanwhile, an answer given twice among them
   * @param bytesBefore the server's memory in RAM when it began
   * @param bytesMid when half of the calls were sent
   * @param bytesAfter when all had ended
   * @param recoveryMillis from the last call's sending until light calls were as fast as before:
   *     their median over a run of them below twice what it was
   */
  record Result(
      int calls,
      int answered,
      int anytime,
      int refused,
      int expired,
      int cancelled,
      int failed,
      int unended,
      long serverErrors,
      long bytesBefore,
      long bytesMid,
      long bytesAfter,
      double recoveryMillis) {}

  /** Sends so many calls at a rate. */
  Result run(int calls, double perSecond, long seed) throws IOException, InterruptedException {
    double before = lightMedian();
    long errorsBefore = server.errors();
    long bytesBefore = residentBytes();
    long bytesMid = bytesBefore;
    var counts = new Counts(calls);
    var random = new SplittableRandom(seed);
    PrimitiveIterator.OfLong due =
        ArrivalPlan.poisson(perSecond, ArrivalPlan.MAX_DURATION, seed).dueNanos();
    try (ScheduledExecutorService cancels = Executors.newSingleThreadScheduledExecutor()) {
      long start = System.nanoTime();
      for (int call = 0; call < calls; call++) {
        for (long left, at = due.nextLong(); (left = start + at - System.nanoTime()) > 0; ) {
          LockSupport.parkNanos(left);
        }
        if (call == calls / 2) {
          bytesMid = residentBytes();
        }
        send(call, counts, random, cancels);
      }
      long sent = System.nanoTime();
      double recovery = Double.NaN;
      for (long waited = 0; waited < ALL_END.toNanos(); waited = System.nanoTime() - sent) {
        if (lightMedian() < 2 * before) {
          recovery = (System.nanoTime() - sent) / 1e6;
          break;
        }
      }
      while (counts.open.get() > 0 && System.nanoTime() - sent < ALL_END.toNanos()) {
        Thread.sleep(10);
      }
      return counts.result(
          server.errors() - errorsBefore, bytesBefore, bytesMid, residentBytes(), recovery);
    }
  }

  private void send(
      int call, Counts counts, SplittableRandom random, ScheduledExecutorService cancels) {
    Query query = queries.get(call % queries.size());
    int kind = random.nextInt(30);
    query =
        query.withDeadline(
            kind < 10 ? Duration.ofNanos(random.nextLong(1_000_000, 100_000_000)) : PATIENT);
    CompletableFuture<Answer> answer = client.classifyAsync(query);
    var _ = answer.whenComplete((ok, failure) -> counts.ended(ok, failure));
    if (kind >= 27) {
      var _ =
          cancels.schedule(
              () -> answer.cancel(false), random.nextLong(20_000), TimeUnit.MICROSECONDS);
    }
  }

  /** In milliseconds. A refusal is no answer: it counts as long as it may take. */
  private double lightMedian() {
    var nanos = new Histogram(60_000_000_000L, 3);
    for (int i = 0; i < PROBES; i++) {
      long began = System.nanoTime();
      try {
        var _ = client.classify(queries.get(i % queries.size()));
        nanos.recordValue(System.nanoTime() - began);
      } catch (OverloadedException e) {
        nanos.recordValue(PATIENT.toNanos());
      }
    }
    return nanos.getValueAtPercentile(50) / 1e6;
  }

  private long residentBytes() throws IOException {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(server.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> line.replaceAll("\\D", ""))
          .mapToLong(kib -> Long.parseLong(kib) * 1024)
          .findFirst()
          .orElse(0);
    }
  }

  private static final class Counts {
    final AtomicInteger open;
    private final int calls;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger anytime = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger expired = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    Counts(int calls) {
      open = new AtomicInteger(calls);
      this.calls = calls;
    }

    void ended(@Nullable Answer answer, @Nullable Throwable failure) {
      if (answer != null) {
        answered.incrementAndGet();
        if (answer.exitReason() == Answer.ExitReason.DEADLINE) {
          anytime.incrementAndGet();
        }
      } else {
        (switch (failure) {
              case OverloadedException _ -> refused;
              case DeadlineExceededException _ -> expired;
              case CancellationException _ -> cancelled;
              case CallCancelledException _ -> cancelled;
              case null, default -> failed;
            })
            .incrementAndGet();
      }
      open.decrementAndGet();
    }

    Result result(
        long serverErrors,
        long bytesBefore,
        long bytesMid,
        long bytesAfter,
        double recoveryMillis) {
      return new Result(
          calls,
          answered.get(),
          anytime.get(),
          refused.get(),
          expired.get(),
          cancelled.get(),
          failed.get(),
          open.get(),
          serverErrors,
          bytesBefore,
          bytesMid,
          bytesAfter,
          recoveryMillis);
    }
  }
}
