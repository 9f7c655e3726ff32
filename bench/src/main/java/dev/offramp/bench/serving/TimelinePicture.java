package dev.offramp.bench.serving;

import dev.offramp.bench.serving.StepRecorder.Step;
import dev.offramp.trainer.report.PictureStyle;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * What workers did over a short time: a panel for each, time to the right, depth upwards, a box for
 * every step, the darker the more texts it ran for, with their number where there is room.
 */
final class TimelinePicture {
  private static final int WIDTH = 1080;
  private static final int ROW = 22;
  private static final int LEFT = 70;
  private static final int RIGHT = 24;
  private static final int TOP = 92;
  private static final int GAP = 52;
  private static final int BOTTOM = 56;

  /** Pixels for each unit: sharp on dense screens. */
  private static final int SCALE = 2;

  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  private static final Color INK = new Color(0x22, 0x2b, 0x36);
  private static final Color GRID = new Color(0xe6, 0xe9, 0xee);

  private final String title;
  private final List<Step> steps;
  private final int workers;
  private final int layers;
  private final double window;
  private final int most;

  /**
   * A picture to be written.
   *
   * @param workers of the engine
   * @param layers of the model
   * @param window the time that the steps are from
   */
  TimelinePicture(String title, List<Step> steps, int workers, int layers, Duration window) {
    this.title = title;
    this.steps = steps;
    this.workers = workers;
    this.layers = layers;
    this.window = window.toNanos();
    this.most = steps.stream().mapToInt(Step::texts).max().orElse(1);
  }

  /** Writes it as a PNG. */
  void write(Path file) throws IOException {
    PictureStyle.headless();
    int height = TOP + workers * layers * ROW + (workers - 1) * GAP + BOTTOM;
    var image = new BufferedImage(SCALE * WIDTH, SCALE * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(SCALE, SCALE);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, WIDTH, height);
      paint(graphics, height);
    } finally {
      graphics.dispose();
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      ImageIO.write(image, "png", out);
    }
  }

  private void paint(Graphics2D graphics, int height) {
    text(graphics, Font.BOLD, 19, title, LEFT, 32);
    text(
        graphics,
        Font.PLAIN,
        14,
        "A box is one layer for the texts that stand at one depth: their number, darker for more.",
        LEFT,
        54);
    for (int worker = 0; worker < workers; worker++) {
      panel(graphics, worker, TOP + worker * (layers * ROW + GAP));
    }
    String time = "milliseconds";
    small(graphics, time, (WIDTH - width(graphics, time)) / 2, height - 12);
  }

  private void panel(Graphics2D graphics, int worker, int top) {
    int bottom = top + layers * ROW;
    graphics.setColor(GRID);
    for (int depth = 0; depth <= layers; depth++) {
      graphics.fill(new Rectangle2D.Double(LEFT, bottom - depth * ROW, WIDTH - LEFT - RIGHT, 1));
    }
    text(graphics, Font.BOLD, 14, "worker " + worker, LEFT, top - 8);
    for (int depth = 1; depth <= layers; depth++) {
      String label = "layer " + depth;
      int y = bottom - depth * ROW + 16;
      small(graphics, label, LEFT - 8 - width(graphics, label), y);
    }
    double step = tick(window / 1e6);
    for (double millis = 0; millis <= window / 1e6; millis += step) {
      String label = String.format(Locale.ROOT, "%.0f", millis);
      int x = (int) Math.round(x(millis * 1e6));
      small(graphics, label, x - width(graphics, label) / 2, bottom + 17);
    }
    for (Step ran : steps) {
      if (ran.worker() == worker) {
        box(graphics, ran, bottom);
      }
    }
  }

  private void box(Graphics2D graphics, Step ran, int bottom) {
    double from = x((double) Math.max(0, ran.beganNanos()));
    double to = x(Math.min(window, (double) ran.endedNanos()));
    int y = bottom - ran.depth() * ROW + 2;
    float share = (float) ran.texts() / most;
    graphics.setComposite(AlphaComposite.SrcOver.derive(0.25f + 0.75f * share));
    graphics.setColor(PictureStyle.color(0));
    graphics.fill(new Rectangle2D.Double(from, y, Math.max(1, to - from - 1), ROW - 3));
    graphics.setComposite(AlphaComposite.SrcOver);
    String label = Integer.toString(ran.texts());
    graphics.setFont(SMALL);
    int width = width(graphics, label);
    if (width + 4 < to - from) {
      graphics.setColor(share > 0.4 ? Color.WHITE : INK);
      graphics.drawString(label, (float) (from + to - width) / 2, y + 14);
    }
  }

  private double x(double nanos) {
    return LEFT + nanos / window * (WIDTH - LEFT - RIGHT);
  }

  /** A round distance between ticks that makes about ten of them. */
  private static double tick(double millis) {
    double power = Math.pow(10, Math.floor(Math.log10(millis / 10)));
    double times = millis / 10 / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
  }

  /** Of a small text. */
  private static int width(Graphics2D graphics, String text) {
    FontMetrics metrics = graphics.getFontMetrics(SMALL);
    return metrics.stringWidth(text);
  }

  private static void small(Graphics2D graphics, String text, int x, int baseline) {
    graphics.setColor(INK);
    graphics.setFont(SMALL);
    graphics.drawString(text, x, baseline);
  }

  private static void text(
      Graphics2D graphics, int kind, int size, String text, int x, int baseline) {
    graphics.setColor(INK);
    graphics.setFont(new Font(Font.SANS_SERIF, kind, size));
    graphics.drawString(text, x, baseline);
  }
}
