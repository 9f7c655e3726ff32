package dev.offramp.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress bars on standard error, all alike; plain lines of text stay on standard output. */
public final class Progress {
  private static final int TERMINAL_INTERVAL_MILLIS = 200;
  private static final int LOG_INTERVAL_MILLIS = 10_000;

  private Progress() {}

  /** A bar of {@code steps} steps. Where there is no terminal it is redrawn seldom, for logs. */
  public static ProgressBar bar(String task, long steps) {
    boolean terminal = isTerminal();
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setStyle(terminal ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK : ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(terminal ? TERMINAL_INTERVAL_MILLIS : LOG_INTERVAL_MILLIS)
        .setMaxRenderedLength(terminal ? -1 : 100)
        .build();
  }

  /** Whether a person watches. */
  @SuppressWarnings("SystemConsoleNull") // NullAway knows only that it may be null.
  static boolean isTerminal() {
    return System.console() != null && System.console().isTerminal();
  }
}
