package dev.offramp.cli;

import dev.offramp.compiler.CompileListener;
import dev.offramp.compiler.tune.Workload;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints how far compiling is: a line a step, and while tuning a line whenever there is news. */
final class CompileReport implements CompileListener {
  private static final long QUIET_NANOS = 5_000_000_000L;

  private final PrintWriter out;
  private String kernel = "";
  private double best;
  private long printed;

  CompileReport(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void step(int step, int steps, String what) {
    out.printf("[%d/%d] %s%n", step, steps, what);
    out.flush();
  }

  @Override
  public void tuned(
      String target,
      Workload workload,
      double gops,
      double fractionOfPeak,
      int candidates,
      long secondsLeft) {
    String now = target + " " + workload.key();
    long time = System.nanoTime();
    if (now.equals(kernel) && gops == best && time - printed < QUIET_NANOS) {
      return;
    }
    kernel = now;
    best = gops;
    printed = time;
    out.printf(
        Locale.ROOT,
        "  tune %s %s: best %.0f GOP/s, %.0f %% of peak, %d schedules, %d s left%n",
        target,
        workload.key(),
        gops,
        100 * fractionOfPeak,
        candidates,
        secondsLeft);
    out.flush();
  }
}
