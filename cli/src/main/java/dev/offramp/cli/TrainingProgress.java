package dev.offramp.cli;

import dev.offramp.trainer.TrainingListener;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** Shows the run: a bar with the loss, whose own estimate is the time left, and a line an epoch. */
final class TrainingProgress implements TrainingListener, AutoCloseable {
  private final PrintWriter out;
  private final String devNumbers;
  private @Nullable ProgressBar bar;
  private boolean advised;

  /**
   * Shows on {@code out}.
   *
   * @param devNumbers what the numbers of the dev texts are called
   */
  TrainingProgress(PrintWriter out, String devNumbers) {
    this.out = out;
    this.devNumbers = devNumbers;
  }

  @Override
  public void started(Started event) {
    out.printf(
        Locale.ROOT,
        "%,d texts%s, %,d held out, %,d parameters, %,d steps%s%n",
        event.texts(),
        event.cut() > 0
            ? String.format(Locale.ROOT, " (%,d cut to the model's length)", event.cut())
            : "",
        event.heldOut(),
        event.parameters(),
        event.steps(),
        event.resumedAt() > 0 ? ", going on after step " + event.resumedAt() : "");
    out.flush();
    ProgressBar started = Progress.bar("Training", event.steps());
    started.stepTo(event.resumedAt());
    bar = started;
  }

  @Override
  public void stepped(Stepped event) {
    if (bar != null) {
      bar.stepTo(event.step());
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              "loss %.3f, %d:%02d left",
              event.loss(),
              event.left().toMinutes(),
              event.left().toSecondsPart()));
    }
  }

  @Override
  public void epochEnded(EpochEnded event) {
    String dev =
        event
            .devAccuracy()
            .map(accuracy -> ", " + devNumbers + " " + percents(accuracy))
            .orElse("");
    out.printf(
        Locale.ROOT,
        "epoch %d of %d: loss %.4f%s%s%n",
        event.epoch(),
        event.epochs(),
        event.loss(),
        event.calibration() > 0
            ? String.format(Locale.ROOT, ", calibration %.3f", event.calibration())
            : "",
        dev);
    // Once: it is much the same after every epoch.
    if (!advised && event.advice().isPresent()) {
      advised = true;
      out.println("warning: " + event.advice().get());
    }
    out.flush();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  private static String percents(List<Double> shares) {
    return String.join(
        " ",
        IntStream.range(0, shares.size())
            .mapToObj(i -> String.format(Locale.ROOT, "%.1f", 100 * shares.get(i)))
            .toList());
  }
}
