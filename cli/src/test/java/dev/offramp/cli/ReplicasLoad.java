package dev.offramp.cli;

import dev.offramp.client.Answer;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.OfframpException;
import dev.offramp.client.Outcome;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Callers of several replicas, who write down what was answered. Each call asks the next replica
 * for the next unit. An outcome that was not taken is reported again, to another replica, until it
 * is; the same report then, since it has an id of its own.
 *
 * <p>Threading: one thread a caller; what they wrote down may be read by all.
 */
final class ReplicasLoad {

  private static final int CALLERS = 3;
  private static final int UNITS = 400;
  private static final int OUTCOME_EVERY = 5;

  /** Between two calls of a caller: a server that starts beside it wants the cores too. */
  private static final long REST_NANOS = 5_000_000;

  private static final List<String> TEXTS =
      List.of("a fine film", "a dull film", "so so", "charming, if a little long");

  private final AtomicReferenceArray<OfframpClient> replicas;
  private final List<Thread> callers;
  private final AtomicInteger next = new AtomicInteger();
  private volatile boolean over;

  /** By unit: the arm that it was first given. */
  final Map<String, String> arms = new ConcurrentHashMap<>();

  /** Answers that say otherwise than those before, or nothing. */
  final Queue<String> faults = new ConcurrentLinkedQueue<>();

  final AtomicLong exposures = new AtomicLong();
  final AtomicLong outcomes = new AtomicLong();

  /** Requests of which nobody knows whether they were counted, by replica. */
  final Map<Integer, Integer> unknown = new ConcurrentHashMap<>();

  /** Begins. */
  ReplicasLoad(List<Replica> replicas) {
    this.replicas = new AtomicReferenceArray<>(replicas.size());
    for (int i = 0; i < replicas.size(); i++) {
      this.replicas.set(i, replicas.get(i).client());
    }
    callers =
        IntStream.range(0, CALLERS)
            .mapToObj(number -> Thread.ofPlatform().name("caller-" + number).unstarted(this::call))
            .toList();
    callers.forEach(Thread::start);
  }

  /** From now on a replica is another process. */
  void replace(int replica, Replica by) {
    replicas.set(replica, by.client());
  }

  private void call() {
    while (!over) {
      int call = next.getAndIncrement();
      int replica = call % replicas.length();
      String unit = "user-" + call % UNITS;
      OfframpClient client = replicas.get(replica);
      if (client == null) {
        continue; // It is known to be away.
      }
      try {
        Answer answer =
            client.classify(
                Query.of(TEXTS.get(call % TEXTS.size())).withExit(Tier.of("x2")).withUnit(unit));
        note(replica, unit, answer);
      } catch (OfframpException e) {
        unknown.merge(replica, 1, Integer::sum);
        replicas.compareAndSet(replica, client, null);
      }
      if (call % OUTCOME_EVERY == 0) {
        report(call, unit);
      }
      LockSupport.parkNanos(REST_NANOS);
    }
  }

  private void note(int replica, String unit, Answer answer) {
    String arm = answer.arm().orElse("none");
    String before = arms.putIfAbsent(unit, arm);
    if (answer.arm().isEmpty() || (before != null && !before.equals(arm))) {
      faults.add("%s: %s, then %s by replica %d".formatted(unit, before, arm, replica));
    }
    if (answer.exposureCounted()) {
      exposures.incrementAndGet();
    } else {
      faults.add("%s: not counted by replica %d".formatted(unit, replica));
    }
  }

  private void report(int call, String unit) {
    Outcome outcome = Outcome.ofUnit(unit, "revenue", 1).withReportId("report-" + call);
    for (int replica = call; !over || replica < call + 100; replica++) {
      OfframpClient client = replicas.get(replica % replicas.length());
      if (client == null) {
        continue;
      }
      try {
        client.reportOutcome(outcome);
        outcomes.incrementAndGet();
        return;
      } catch (OfframpException e) {
        // Perhaps it was taken: the same report is counted once.
      }
    }
    faults.add("an outcome of %s was not taken".formatted(unit));
  }

  /** Ends it, once calls under way are answered. */
  void end() throws InterruptedException {
    over = true;
    for (Thread caller : callers) {
      caller.join();
    }
  }
}
