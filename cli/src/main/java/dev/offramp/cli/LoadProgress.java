package dev.offramp.cli;

import dev.offramp.cli.load.ArrivalPlan;
import dev.offramp.cli.load.LoadRun;
import dev.offramp.cli.load.LoadSnapshot;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * Shows a load run on a terminal while it lasts: a bar of its seconds, with what was sent and
 * answered, what is in flight, and the p99 of the last second. Without a terminal it shows nothing.
 *
 * <p>Threading: looks from a thread of its own, so that sending goes on. {@link #close} ends it.
 */
final class LoadProgress implements AutoCloseable {
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("load progress").daemon().factory());
  private final @Nullable ProgressBar bar;

  /** Shows {@code run} until closed, if there is a terminal. */
  LoadProgress(LoadRun run, ArrivalPlan plan) {
    if (Progress.isTerminal()) {
      ProgressBar shown = Progress.bar("Load", Math.ceilDiv(plan.length().toMillis(), 1000));
      var _ = looks.scheduleAtFixedRate(() -> show(shown, run.snapshot()), 1, 1, TimeUnit.SECONDS);
      bar = shown;
    } else {
      bar = null;
    }
  }

  private static void show(ProgressBar bar, LoadSnapshot now) {
    bar.stepTo(Math.min((long) now.seconds(), bar.getMax()));
    bar.setExtraMessage(
        String.format(
            Locale.ROOT,
            "sent %,d, answered %,d, in flight %,d, p99 %.2f ms",
            now.sent(),
            now.answered(),
            now.outstanding(),
            now.p99Millis()));
  }

  @Override
  public void close() {
    looks.shutdownNow();
    if (bar != null) {
      bar.close();
    }
  }
}
