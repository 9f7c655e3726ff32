package dev.offramp.cli.load;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import dev.offramp.trainer.report.PictureStyle;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A run as one picture of three panels: latency at every percentile, tier by tier; then latency and
 * throughput over time.
 */
public final class LoadPicture {
  private static final int WIDTH = 1080;
  private static final int PERCENTILES_HEIGHT = 560;
  private static final int TIME_HEIGHT = 370;
  private static final int HEIGHT = PERCENTILES_HEIGHT + 2 * TIME_HEIGHT;

  /** Pixels for each unit: sharp on dense screens. */
  private static final int SCALE = 2;

  private static final int POINTS_A_NINE = 40;
  private static final float LINE = 2.5f;

  /** Greatest over least from which an axis is logarithmic. */
  private static final double WIDE = 30;

  /** Calls a second below which a second's p99 is its slowest call. */
  private static final double FEW = 100;

  private static final String SECONDS = "seconds from the end of the warm-up";
  private static final Nines AXIS = new Nines();

  private final LoadResult result;

  private LoadPicture(LoadResult result) {
    this.result = result;
  }

  /**
   * Draws a run.
   *
   * @param file ends in {@code .png} or {@code .svg}; {@link #requireEnding} checks it beforehand
   */
  public static void write(Path file, LoadResult result) throws IOException {
    requireEnding(file);
    PictureStyle.headless();
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    var picture = new LoadPicture(result);
    try (OutputStream out = Files.newOutputStream(file)) {
      if (isSvg(file)) {
        var vectors = new VectorGraphics2D();
        picture.paint(vectors);
        Processors.get("svg")
            .getDocument(vectors.getCommands(), new PageSize(WIDTH, HEIGHT))
            .writeTo(out);
      } else {
        ImageIO.write(picture.image(), "png", out);
      }
    }
  }

  /**
   * Returns {@code file} if its name says what kind of picture to write.
   *
   * @throws IllegalArgumentException if not
   */
  public static Path requireEnding(Path file) {
    if (!isSvg(file) && !name(file).endsWith(".png")) {
      throw new IllegalArgumentException(
          "picture: %s (expected: a name that ends in .png or .svg)".formatted(file));
    }
    return file;
  }

  private static boolean isSvg(Path file) {
    return name(file).endsWith(".svg");
  }

  private static String name(Path file) {
    return file.toString().toLowerCase(Locale.ROOT);
  }

  private BufferedImage image() {
    var image = new BufferedImage(SCALE * WIDTH, SCALE * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(SCALE, SCALE);
      paint(graphics);
    } finally {
      graphics.dispose();
    }
    return image;
  }

  private void paint(Graphics2D graphics) {
    AffineTransform whole = graphics.getTransform();
    percentiles().paint(graphics, WIDTH, PERCENTILES_HEIGHT);
    graphics.setTransform(whole);
    graphics.translate(0, PERCENTILES_HEIGHT);
    latencies().paint(graphics, WIDTH, TIME_HEIGHT);
    graphics.setTransform(whole);
    graphics.translate(0, PERCENTILES_HEIGHT + TIME_HEIGHT);
    throughput().paint(graphics, WIDTH, TIME_HEIGHT);
    graphics.setTransform(whole);
  }

  private XYChart percentiles() {
    XYChart chart =
        chart(
            PERCENTILES_HEIGHT,
            "Latency at %s calls/s, from when calls were due"
                .formatted(PictureStyle.number(result.plan().perSecond())),
            "percentile of answers",
            "latency, ms");
    chart.getStyler().setXAxisTickLabelsFormattingFunction(AXIS::label);
    chart.getStyler().setXAxisTickMarkSpacingHint(150);
    var range = new Range();
    double furthest = 1;
    for (int i = 0; i < result.tiers().size(); i++) {
      TierResult tier = result.tiers().get(i);
      var x = new ArrayList<Double>();
      var y = new ArrayList<Double>();
      double last = AXIS.place(100 - 100.0 / Math.max(2, tier.latency().count()));
      for (int point = 0; point <= last * POINTS_A_NINE; point++) {
        double place = (double) point / POINTS_A_NINE;
        double millis = tier.latency().millis(AXIS.percentile(place));
        if (Double.isFinite(millis)) {
          x.add(place);
          y.add(millis);
          range.add(millis);
        }
      }
      furthest = Math.max(furthest, last);
      if (!x.isEmpty()) {
        line(chart.addSeries("tier " + tier.name(), x, y), i);
      }
    }
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(furthest);
    range.setOn(chart);
    return chart;
  }

  /* Both panels over time have their legends below, so that their axes stand in line. */
  private XYChart latencies() {
    XYChart chart =
        chart(TIME_HEIGHT, "Latency over time, by when calls were due", SECONDS, "latency, ms");
    var range = new Range();
    overTime(chart, "p50", 0, Slice::p50Millis, range);
    overTime(
        chart,
        result.plan().perSecond() < FEW ? "slowest call" : "p99",
        1,
        Slice::p99Millis,
        range);
    range.setOn(chart);
    return chart;
  }

  private XYChart throughput() {
    XYChart chart = chart(TIME_HEIGHT, "Throughput over time", SECONDS, "calls/s");
    var range = new Range();
    overTime(chart, "due by the plan", 4, slice -> slice.planned() / slice.seconds(), range);
    overTime(chart, "answered", 2, slice -> slice.answered() / slice.seconds(), range);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.15 * Math.max(1, range.greatest));
    return chart;
  }

  /* Each value stands in the middle of its slice. A short last one is left out: it is noise. */
  private void overTime(
      XYChart chart, String name, int color, ToDoubleFunction<Slice> value, Range range) {
    List<Slice> slices = result.timeline();
    double full = slices.isEmpty() ? 0 : slices.getFirst().seconds();
    var x = new ArrayList<Double>();
    var y = new ArrayList<Double>();
    for (Slice slice : slices) {
      double one = value.applyAsDouble(slice);
      if (Double.isFinite(one) && slice.seconds() >= full / 2) {
        x.add(slice.fromSeconds() + slice.seconds() / 2);
        y.add(one);
        range.add(one);
      }
    }
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(Math.max(result.seconds(), 0.001));
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal).setLegendPadding(20);
    if (!x.isEmpty()) {
      line(chart.addSeries(name, x, y), color);
    }
  }

  private static XYChart chart(int height, String title, String x, String y) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(height)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    PictureStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisTickLabelsFormattingFunction(PictureStyle::number);
    return chart;
  }

  private static void line(XYSeries series, int color) {
    series.setLineColor(PictureStyle.color(color));
    series.setLineStyle(SeriesLines.SOLID);
    series.setLineWidth(LINE);
    series.setMarker(series.getXData().length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setMarkerColor(PictureStyle.color(color));
  }

  /** The values of an axis, which is logarithmic where they lie far apart. */
  private static final class Range {
    private double least = Double.POSITIVE_INFINITY;
    private double greatest = Double.NEGATIVE_INFINITY;

    void add(double value) {
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }

    void setOn(XYChart chart) {
      if (greatest <= 0) {
        return; // Nothing to show.
      }
      if (least > 0 && greatest / least > WIDE) {
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least))));
        chart.getStyler().setYAxisMax(Math.pow(10, Math.ceil(Math.log10(greatest))));
      } else {
        chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.1 * greatest);
      }
    }
  }
}
