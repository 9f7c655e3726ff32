package dev.offramp.trainer.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Locale;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * How our pictures look: on white, the legend beside the data, in colors that people with any color
 * vision tell apart.
 */
public final class PictureStyle {
  private static final Color INK = new Color(0x22, 0x2b, 0x36);
  private static final Color GRID = new Color(0xe6, 0xe9, 0xee);
  private static final Color[] COLORS = {
    new Color(0x1f, 0x6f, 0xc4),
    new Color(0xe0, 0x7b, 0x1a),
    new Color(0x1b, 0x9e, 0x77),
    new Color(0xb0, 0x4a, 0x9c),
    new Color(0x8a, 0x94, 0xa3),
    new Color(0xc4, 0x3c, 0x39),
    new Color(0x6b, 0x55, 0x2f)
  };

  private PictureStyle() {}

  /** Lets pictures be drawn where there is no screen; to be called before anything is drawn. */
  public static void headless() {
    System.setProperty("java.awt.headless", "true");
  }

  /** The color of the series at a place, counted from 0. They come round again. */
  public static Color color(int place) {
    return COLORS[place % COLORS.length];
  }

  /** Gives a chart our look. */
  public static void apply(AxesChartStyler style) {
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(GRID);
    style.setPlotGridLinesStroke(new BasicStroke(1));
    style.setAxisTickMarksColor(GRID);
    style.setChartFontColor(INK);
    style.setChartTitleBoxVisible(false);
    style.setChartTitleFont(font(Font.BOLD, 20));
    style.setAxisTitleFont(font(Font.PLAIN, 16));
    style.setAxisTickLabelsFont(font(Font.PLAIN, 14));
    style.setLegendFont(font(Font.PLAIN, 15));
    style.setLegendPosition(LegendPosition.OutsideE);
    style.setLegendBorderColor(Color.WHITE);
    style.setLegendPadding(10);
    style.setChartPadding(16);
    style.setYAxisTickLabelsFormattingFunction(PictureStyle::number);
  }

  private static Font font(int kind, int size) {
    return new Font(Font.SANS_SERIF, kind, size);
  }

  /** A number without the zeros behind it. */
  public static String number(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
