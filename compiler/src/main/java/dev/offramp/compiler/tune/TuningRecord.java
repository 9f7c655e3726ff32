package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.AttentionSchedule;
import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.model.artifact.KernelNames;
import org.jspecify.annotations.Nullable;

/**
 * A schedule that was measured: one line of a record file.
 *
 * @param workload its {@link Workload#key key}
 * @param target the target's id
 * @param tvm the version of TVM that compiled it
 * @param cpu LLVM's name of the CPU that it was measured on
 * @param gemm the schedule of a product
 * @param attention the schedule of attention
 * @param gops measured, in 10^9 operations a second, one core
 * @param fractionOfPeak of the peak that the same run measured
 */
public record TuningRecord(
    String workload,
    String target,
    String tvm,
    String cpu,
    @Nullable GemmSchedule gemm,
    @Nullable AttentionSchedule attention,
    double gops,
    double fractionOfPeak) {

  /** Checks that there is one schedule, of the workload's kind. */
  public TuningRecord {
    if (workload.isBlank() || target.isBlank() || tvm.isBlank()) {
      throw new IllegalArgumentException(
          "workload '%s', target '%s', tvm '%s' (expected: none empty)"
              .formatted(workload, target, tvm));
    }
    boolean isAttention = workload.startsWith(KernelNames.ATTENTION + " ");
    if (isAttention ? attention == null || gemm != null : gemm == null || attention != null) {
      throw new IllegalArgumentException(
          "schedule of %s: gemm %s, attention %s (expected: the one of its kind)"
              .formatted(workload, gemm, attention));
    }
  }

  static TuningRecord of(
      Workload workload,
      String target,
      String tvm,
      String cpu,
      Schedule schedule,
      double gops,
      double fractionOfPeak) {
    return new TuningRecord(
        workload.key(),
        target,
        tvm,
        cpu,
        schedule instanceof GemmSchedule gemm ? gemm : null,
        schedule instanceof AttentionSchedule attention ? attention : null,
        gops,
        fractionOfPeak);
  }

  /** The schedule, whichever kind it is. */
  Schedule schedule() {
    if (gemm != null) {
      return gemm;
    }
    if (attention != null) {
      return attention;
    }
    throw new IllegalStateException(workload);
  }
}
