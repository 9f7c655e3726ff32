package dev.offramp.bench.kernels;

import dev.offramp.model.artifact.Precision;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The roofline of a report's largest batch: how many operations a second each kernel does, over how
 * many it has to do for each byte; above them what the core and the memory allow at most.
 *
 * <p>Colors are precisions, shapes are kernels. A kernel that computes in float32 whatever the
 * precision of the target is drawn once. Source: Williams, Waterman, Patterson, 2009.
 */
final class RooflinePicture {
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 800;

  /** Pixels for each unit: sharp on dense screens. */
  private static final int SCALE = 2;

  private static final double LEFT = 0.1;
  private static final double RIGHT = 2000;
  private static final double BOTTOM = 3;

  /** Where the peaks are labelled: right of the slopes, left of the products. */
  private static final double PEAK_LABEL = 46;

  private static final Color INK = new Color(0x22, 0x2b, 0x36);
  private static final Color GRID = new Color(0xe6, 0xe9, 0xee);
  private static final Color MEMORY = new Color(0x8a, 0x94, 0xa3);

  private static final Map<String, Marker> SHAPES = shapes();

  private final KernelsReport report;
  private final XYChart chart;
  private final double top;

  private RooflinePicture(KernelsReport report) {
    this.report = report;
    double greatest = report.peaks().values().stream().mapToDouble(v -> v).max().orElse(1);
    this.top = 2 * greatest;
    this.chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title())
            .xAxisTitle("operations for each byte that must move")
            .yAxisTitle("GOP/s, one core")
            .build();
  }

  /** The picture of a report. */
  static RooflinePicture of(KernelsReport report) {
    System.setProperty("java.awt.headless", "true");
    var picture = new RooflinePicture(report);
    picture.style();
    picture.roofs();
    picture.points();
    return picture;
  }

  /** Writes it as a PNG. */
  void write(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      ImageIO.write(image(), "png", out);
    }
  }

  private BufferedImage image() {
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

  private int tokens() {
    return report.kernels().stream().mapToInt(KernelResult::tokens).max().orElse(0);
  }

  private String title() {
    return "What the kernels reach of one core: %,d tokens, %s"
        .formatted(tokens(), report.target());
  }

  private void style() {
    XYStyler style = chart.getStyler();
    style.setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    style.setXAxisMin(LEFT).setXAxisMax(RIGHT).setYAxisMin(BOTTOM).setYAxisMax(top);
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(GRID);
    style.setPlotGridLinesStroke(new BasicStroke(1));
    style.setChartFontColor(INK);
    style.setChartTitleBoxVisible(false);
    style.setChartTitleFont(font(Font.BOLD, 22));
    style.setAxisTitleFont(font(Font.PLAIN, 17));
    style.setAxisTickLabelsFont(font(Font.PLAIN, 15));
    style.setLegendFont(font(Font.PLAIN, 16));
    style.setLegendPosition(LegendPosition.OutsideE);
    style.setLegendBorderColor(Color.WHITE);
    style.setLegendPadding(12);
    style.setMarkerSize(13);
    style.setAnnotationTextFont(font(Font.BOLD, 15));
    style.setChartPadding(18);
    style.setXAxisTickLabelsFormattingFunction(RooflinePicture::plain);
    style.setYAxisTickLabelsFormattingFunction(RooflinePicture::plain);
  }

  private static Font font(int kind, int size) {
    return new Font(Font.SANS_SERIF, kind, size);
  }

  private static String plain(double value) {
    return value >= 1 ? String.format(Locale.ROOT, "%,.0f", value) : Double.toString(value);
  }

  private void roofs() {
    double fastest = report.bandwidths().values().stream().mapToDouble(v -> v).max().orElse(1);
    double highest = report.peaks().values().stream().mapToDouble(v -> v).max().orElse(1);
    boolean above = true;
    for (var bandwidth : report.bandwidths().entrySet()) {
      double rate = bandwidth.getValue();
      double from = Math.max(LEFT, BOTTOM / rate);
      line("read " + bandwidth.getKey(), from, from * rate, highest / rate, highest, MEMORY);
      // The first, fastest one has room to its left, the others to their right.
      double x = from * (above ? 1.95 : 5.5);
      label("%s, %.0f GB/s".formatted(bandwidth.getKey(), rate), x, x * rate * (above ? 2.6 : 0.4));
      above = false;
    }
    report
        .peaks()
        .forEach((precision, peak) -> {
          line("peak " + precision, peak / fastest, peak, RIGHT, peak, color(precision));
          label("%s peak, %,.0f GOP/s".formatted(precision, peak), PEAK_LABEL, peak * 1.14);
        });
  }

  private void line(String name, double x0, double y0, double x1, double y1, Color color) {
    XYSeries series = chart.addSeries(name, new double[] {x0, x1}, new double[] {y0, y1});
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(color);
    series.setLineStyle(new BasicStroke(2.2f));
    series.setShowInLegend(false);
  }

  private void label(String text, double x, double y) {
    chart.addAnnotation(new AnnotationText(text, x, y, false));
  }

  private void points() {
    int tokens = tokens();
    for (String kernel : SHAPES.keySet()) {
      boolean first = true;
      for (KernelResult result : report.kernels()) {
        boolean drawn =
            result.name().equals(kernel)
                && result.tokens() == tokens
                && (result.precision().equals(result.peak()) || !exists(result));
        if (!drawn) {
          continue;
        }
        XYSeries series =
            chart.addSeries(
                first ? kernel : kernel + " " + result.precision(),
                new double[] {result.intensity()},
                new double[] {result.gops()});
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        series.setMarker(SHAPES.get(kernel));
        series.setMarkerColor(color(Precision.ofId(result.peak())));
        series.setShowInLegend(first);
        first = false;
      }
    }
  }

  /** Whether the kernel was also measured in the target of the precision it computes in. */
  private boolean exists(KernelResult result) {
    return report.kernels().stream()
        .anyMatch(other ->
            other.name().equals(result.name())
                && other.tokens() == result.tokens()
                && other.precision().equals(result.peak()));
  }

  private static Color color(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> new Color(0x1f, 0x6f, 0xc4);
      case BF16, FLOAT16 -> new Color(0x2c, 0x9a, 0x5b);
      case INT8 -> new Color(0xd9, 0x5f, 0x0e);
    };
  }

  private static Map<String, Marker> shapes() {
    var shapes = new LinkedHashMap<String, Marker>();
    List<Marker> markers =
        List.of(
            SeriesMarkers.CIRCLE,
            SeriesMarkers.SQUARE,
            SeriesMarkers.DIAMOND,
            SeriesMarkers.TRIANGLE_UP,
            SeriesMarkers.TRIANGLE_DOWN,
            SeriesMarkers.TRAPEZOID,
            SeriesMarkers.CROSS,
            SeriesMarkers.PLUS);
    List<String> kernels =
        List.of(
            "qkv",
            "attention_output",
            "ffn_up",
            "ffn_down",
            "attention",
            "exit_head",
            "embed",
            "compact");
    for (int i = 0; i < kernels.size(); i++) {
      shapes.put(kernels.get(i), markers.get(i));
    }
    return shapes;
  }
}
