package dev.offramp.trainer.report;

import de.erichseifert.vectorgraphics2d.Document;
import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import dev.offramp.model.io.AtomicFiles;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Pictures of an evaluation, each written as {@code <name>.png} and {@code <name>.svg}: on white,
 * the legend beside the data, in colors that people with any color vision tell apart.
 */
public final class Pictures {
  private static final int WIDTH = 1080;
  private static final int HEIGHT = 640;

  /** Pixels for each unit: sharp on dense screens. */
  private static final int SCALE = 2;

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE,
    SeriesMarkers.DIAMOND,
    SeriesMarkers.SQUARE,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.TRIANGLE_DOWN
  };

  /** Curves with more points are lines; with fewer each point is marked. */
  private static final int MARKED = 30;

  /** From one curve's bar to the next one's, in layer speed-ups. */
  private static final double BESIDE = 0.03;

  private Pictures() {}

  /**
   * Metric against layer speed-up, one line for each named curve of one metric.
   *
   * @param file where to write, without an ending
   */
  public static void curves(Path file, String title, List<String> names, List<MetricCurve> curves)
      throws IOException {
    curves(file, title, names, curves, curves.stream().map(_ -> List.<Spread>of()).toList());
  }

  /**
   * The same of means, with bars for how far their runs lie apart.
   *
   * @param spreads of each curve, drawn beside each other so that none covers another
   */
  public static void curves(
      Path file,
      String title,
      List<String> names,
      List<MetricCurve> curves,
      List<List<Spread>> spreads)
      throws IOException {
    PictureStyle.headless();
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("layer speed-up")
            .yAxisTitle(words(curves.getFirst()))
            .build();
    PictureStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisTickLabelsFormattingFunction(x -> PictureStyle.number(x) + "x");
    chart.getStyler().setMarkerSize(8);
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    double fastest = 1;
    for (int i = 0; i < curves.size(); i++) {
      List<CurvePoint> points =
          curves.get(i).points().stream()
              .filter(point -> point.layerSpeedup() <= MetricCurve.AREA_TO + 1e-9)
              .toList();
      var series =
          chart.addSeries(
              names.get(i),
              points.stream().mapToDouble(CurvePoint::layerSpeedup).toArray(),
              points.stream().mapToDouble(point -> scaled(curves.getFirst(), point)).toArray());
      series.setLineColor(PictureStyle.color(i));
      series.setMarkerColor(PictureStyle.color(i));
      // Dashes let a curve show that lies beneath, as entropy does under label score in two
      // classes.
      series.setLineStyle(i > 0 && i % 2 == 0 ? SeriesLines.DASH_DASH : SeriesLines.SOLID);
      series.setLineWidth(2.5f);
      series.setMarker(points.size() > MARKED ? SeriesMarkers.NONE : MARKERS[i % MARKERS.length]);
      for (CurvePoint point : points) {
        least = Math.min(least, scaled(curves.getFirst(), point));
        greatest = Math.max(greatest, scaled(curves.getFirst(), point));
        fastest = Math.max(fastest, point.layerSpeedup());
      }
    }
    double scale = scale(curves.getFirst());
    double room = spreads.stream().allMatch(List::isEmpty) ? 0 : BESIDE * spreads.size();
    for (int i = 0; i < spreads.size(); i++) {
      if (!spreads.get(i).isEmpty()) {
        bars(chart, i, names.get(i), spreads.get(i), scale);
      }
      for (Spread spread : spreads.get(i)) {
        least = Math.min(least, scale * (spread.metric() - spread.deviation()));
        greatest = Math.max(greatest, scale * (spread.metric() + spread.deviation()));
      }
    }
    double margin = Math.max(0.06 * (greatest - least), isShare(curves.getFirst()) ? 0.25 : 0.005);
    chart.getStyler().setYAxisMin(least - margin).setYAxisMax(greatest + margin);
    chart.getStyler().setXAxisMin(1.0).setXAxisMax(Math.max(1.5, Math.ceil(fastest)) + room);
    write(file, chart);
  }

  /**
   * Where texts leave: a group of bars for each depth, one bar for each distribution.
   *
   * @param file where to write, without an ending
   */
  public static void depths(Path file, String title, List<DepthDistribution> distributions)
      throws IOException {
    PictureStyle.headless();
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("exit depth, layers")
            .yAxisTitle("texts, %")
            .build();
    PictureStyle.apply(chart.getStyler());
    chart.getStyler().setAvailableSpaceFill(0.78);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    chart.getStyler().setYAxisMin(0.0);
    // Of models of several depths, the shallower have no texts below their last layer.
    int deepest = distributions.stream().mapToInt(one -> one.shares().size()).max().orElse(0);
    // Names, not numbers: an axis of numbers does not put its marks under the bars.
    List<String> depths = IntStream.rangeClosed(1, deepest).mapToObj(Integer::toString).toList();
    for (int i = 0; i < distributions.size(); i++) {
      DepthDistribution distribution = distributions.get(i);
      var percents = new ArrayList<Double>(Collections.nCopies(deepest, 0.0));
      for (int depth = 0; depth < distribution.shares().size(); depth++) {
        percents.set(depth, 100 * distribution.shares().get(depth));
      }
      chart.addSeries(distribution.name(), depths, percents).setFillColor(PictureStyle.color(i));
    }
    write(file, chart);
  }

  private static boolean isShare(MetricCurve curve) {
    return switch (curve.metric()) {
      case ACCURACY, F1, AGREEMENT -> true;
      case MATTHEWS -> false;
    };
  }

  private static double scaled(MetricCurve curve, CurvePoint point) {
    return scale(curve) * point.metric();
  }

  private static double scale(MetricCurve curve) {
    return isShare(curve) ? 100 : 1;
  }

  /** A bar each, a little to the right of those of the curve before. */
  private static void bars(
      XYChart chart, int number, String name, List<Spread> spreads, double scale) {
    chart.getStyler().setErrorBarsColorSeriesColor(true);
    XYSeries bars =
        chart.addSeries(
            name + " ±",
            spreads.stream().mapToDouble(at -> at.layerSpeedup() + BESIDE * number).toArray(),
            spreads.stream().mapToDouble(at -> scale * at.metric()).toArray(),
            spreads.stream().mapToDouble(at -> scale * at.deviation()).toArray());
    bars.setShowInLegend(false);
    bars.setLineStyle(SeriesLines.NONE);
    bars.setLineColor(PictureStyle.color(number));
    bars.setMarker(SeriesMarkers.NONE);
  }

  private static String words(MetricCurve curve) {
    return switch (curve.metric()) {
      case ACCURACY -> "accuracy, %";
      case F1 -> "F1, %";
      case AGREEMENT -> "agreement with the full model, %";
      case MATTHEWS -> "Matthews correlation";
    };
  }

  private static void write(Path file, Chart<?, ?> chart) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    var png = new ByteArrayOutputStream();
    ImageIO.write(image(chart), "png", png);
    AtomicFiles.write(beside(file, ".png"), png.toByteArray());
    var vectors = new VectorGraphics2D();
    chart.paint(vectors, WIDTH, HEIGHT);
    Document svg =
        Processors.get("svg").getDocument(vectors.getCommands(), new PageSize(WIDTH, HEIGHT));
    var bytes = new ByteArrayOutputStream();
    svg.writeTo(bytes);
    AtomicFiles.write(beside(file, ".svg"), bytes.toByteArray());
  }

  private static Path beside(Path file, String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }

  private static BufferedImage image(Chart<?, ?> chart) {
    var image = new BufferedImage(SCALE * WIDTH, SCALE * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(SCALE, SCALE);
      chart.paint(graphics, WIDTH, HEIGHT);
    } finally {
      graphics.dispose();
    }
    return image;
  }
}
