package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.AttentionSchedule;
import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.Tvm;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/*
 * Every workload gets its share of the time that is left. What a short search would give is given to
 * the longest kernels first, and what they do not use goes to the others: a search that has found
 * nothing for a while ends.
 */

/**
 * Finds schedules by measuring them on this machine.
 *
 * <p>Threading: one thread; keep the machine quiet, though what disturbs it disturbs all candidates
 * of a round alike.
 */
public final class Tuner {
  private final ModelConfig config;
  private final TuningRecords records;
  private final TuneListener listener;
  private final String cpu = HostCpu.detect().name();

  /** A tuner that starts from these records and adds to them. */
  public Tuner(ModelConfig config, TuningRecords records, TuneListener listener) {
    this.config = config;
    this.records = records;
    this.listener = listener;
  }

  /**
   * The best schedules that are on record, defaults where there are none.
   *
   * @param target need not run here
   */
  public static Schedules recorded(ModelConfig config, CpuTarget target, TuningRecords records) {
    Schedules schedules = Schedules.defaults(config, target);
    for (Workload workload : Workload.of(config)) {
      schedules = with(schedules, workload, recorded(schedules, target, workload, records));
    }
    return schedules;
  }

  /**
   * Searches for at most that long.
   *
   * @param target must run here
   * @return the best schedules found, on record or default
   * @throws IOException if a record cannot be written
   */
  public Schedules tune(CpuTarget target, Duration budget) throws IOException {
    long end = System.nanoTime() + budget.toNanos();
    Schedules schedules = recorded(config, target, records);
    List<Workload> workloads = Workload.of(config);
    try (var scope = ReferenceScope.open()) {
      Peak products = Peak.of(scope, target);
      // Attention multiplies in float32 on every target.
      Peak attention = Peak.of(scope, new CpuTarget(target.level(), Precision.FLOAT32));
      for (int i = 0; i < workloads.size(); i++) {
        Workload workload = workloads.get(i);
        long share = (end - System.nanoTime()) / (workloads.size() - i);
        if (share <= 0) {
          break;
        }
        Schedule start = schedules.of(workload.kernel());
        Space space = space(schedules, target, workload);
        Search.Found best;
        try (var search =
            new Search(
                config, target, workload, space, workload.isProduct() ? products : attention)) {
          best =
              search.run(
                  start,
                  System.nanoTime() + share,
                  (found, candidates) -> report(target, workload, found, candidates, end),
                  found -> keep(target, workload, found));
        }
        schedules = with(schedules, workload, best.schedule());
      }
    }
    return schedules;
  }

  private void report(
      CpuTarget target, Workload workload, Search.Found found, int candidates, long end) {
    listener.progress(
        target.id(),
        workload,
        found.gops(),
        found.fractionOfPeak(),
        candidates,
        Math.max(0, (end - System.nanoTime()) / 1_000_000_000));
  }

  /** Writes a schedule down, unless it is what the records have already. */
  private void keep(CpuTarget target, Workload workload, Search.Found found) throws IOException {
    Optional<Schedule> known = records.find(workload, target.id()).map(TuningRecord::schedule);
    if (known.filter(found.schedule()::equals).isPresent()) {
      return;
    }
    records.add(
        TuningRecord.of(
            workload,
            target.id(),
            Tvm.VERSION,
            cpu,
            found.schedule(),
            found.gops(),
            found.fractionOfPeak()));
  }

  private static Optional<Schedule> recorded(
      Schedules schedules, CpuTarget target, Workload workload, TuningRecords records) {
    Space space = space(schedules, target, workload);
    return records.find(workload, target.id()).map(TuningRecord::schedule).filter(space::contains);
  }

  private static Schedules with(
      Schedules schedules, Workload workload, Optional<Schedule> schedule) {
    return schedule.map(found -> with(schedules, workload, found)).orElse(schedules);
  }

  /** The pooler is a product of the same shape as the attention's output projection. */
  private static Schedules with(Schedules schedules, Workload workload, Schedule schedule) {
    Schedules next = schedules.with(workload.kernel(), schedule);
    return workload.kernel().equals(KernelNames.ATTENTION_OUTPUT)
        ? next.with(KernelNames.EXIT_HEAD, schedule)
        : next;
  }

  /** The schedules that a kernel may have. */
  static Space space(Schedules schedules, CpuTarget target, Workload workload) {
    return switch (schedules.of(workload.kernel())) {
      case GemmSchedule gemm ->
          new GemmSpace(
              target, GemmSchedule.words(workload.inner(), target), workload.outer(), gemm.lanes());
      case AttentionSchedule attention ->
          new AttentionSpace(target, workload.inner(), attention.lanes());
    };
  }
}
