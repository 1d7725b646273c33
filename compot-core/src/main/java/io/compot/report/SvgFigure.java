package io.compot.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Lines with error bars over numbers, as an SVG that papers take: axes with round ticks, titles, a
 * legend, no script, and type that prints at the size of a column.
 *
 * @param title above it; may be empty
 * @param logarithmic whether y is drawn over decades
 * @param lines those that have points
 */
record SvgFigure(
    String title, String xTitle, String yTitle, boolean logarithmic, List<Line> lines) {

  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;
  private static final int LEFT = 76;
  private static final int RIGHT = 190;
  private static final int TOP = 34;
  private static final int BOTTOM = 52;

  /**
   * One line.
   *
   * @param colour as SVG takes it
   * @param level whether it is one value across the whole figure, to compare with
   */
  record Line(String name, String colour, boolean level, List<Point> points) {

    Line {
      points = List.copyOf(points);
    }
  }

  /**
   * One measurement.
   *
   * @param error standard error of y; 0 draws no bar
   */
  record Point(double x, double y, double error) {}

  SvgFigure {
    lines = List.copyOf(lines);
  }

  String text() {
    Ticks x = axis(false);
    Ticks y = axis(true);
    var svg = new StringBuilder();
    line(
        svg,
        String.format(
            Locale.ROOT,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' font-family='Helvetica, Arial, sans-serif' font-size='13'>",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT));
    line(svg, String.format(Locale.ROOT, "<rect width='100%%' height='100%%' fill='#ffffff'/>"));
    text(svg, LEFT, 20, "start", title, " font-weight='bold'");
    double right = WIDTH - RIGHT;
    double bottom = HEIGHT - BOTTOM;
    for (double tick : x.at()) {
      double at = across(x, tick);
      line(
          svg,
          String.format(
              Locale.ROOT,
              "<path d='M%.1f %.1f V%.1f' stroke='#333333'/>",
              at,
              bottom,
              bottom + 5));
      text(svg, at, bottom + 19, "middle", Ticks.label(tick), "");
    }
    for (double tick : y.at()) {
      double at = up(y, tick);
      line(
          svg,
          String.format(
              Locale.ROOT, "<path d='M%d %.1f H%.1f' stroke='#e2e2e2'/>", LEFT, at, right));
      line(
          svg,
          String.format(
              Locale.ROOT, "<path d='M%d %.1f H%d' stroke='#333333'/>", LEFT - 5, at, LEFT));
      text(svg, LEFT - 9, at + 4.5, "end", Ticks.label(tick), "");
    }
    line(
        svg,
        String.format(
            Locale.ROOT,
            "<path d='M%d %d V%.1f H%.1f' fill='none' stroke='#333333'/>",
            LEFT,
            TOP,
            bottom,
            right));
    text(svg, (LEFT + right) / 2, HEIGHT - 12, "middle", xTitle, "");
    text(
        svg,
        0,
        0,
        "middle",
        yTitle,
        String.format(
            Locale.ROOT, " transform='translate(18 %.1f) rotate(-90)'", (TOP + bottom) / 2));
    for (int i = 0; i < lines.size(); i++) {
      draw(svg, lines.get(i), i, x, y);
    }
    return svg.append("</svg>\n").toString();
  }

  private void draw(StringBuilder svg, Line each, int row, Ticks x, Ticks y) {
    double right = WIDTH - RIGHT;
    String dashes = each.level() ? " stroke-dasharray='6 4'" : "";
    double legend = TOP + 12 + 20.0 * row;
    line(
        svg,
        String.format(
            Locale.ROOT,
            "<path d='M%.1f %.1f h22' stroke='%s' stroke-width='2'%s/>",
            right + 14,
            legend,
            each.colour(),
            dashes));
    text(svg, right + 42, legend + 4.5, "start", each.name(), "");
    var path = new StringBuilder();
    for (Point point : each.points()) {
      double at = across(x, point.x());
      double height = up(y, point.y());
      path.append(path.isEmpty() ? "M" : " L");
      path.append(String.format(Locale.ROOT, "%.1f %.1f", at, height));
      double below = point.y() - point.error();
      if (point.error() > 0 && each.level()) {
        band(svg, each.colour(), up(y, point.y() + point.error()), up(y, below));
      } else if (point.error() > 0 && (!y.logarithmic() || below > 0)) {
        line(
            svg,
            String.format(
                Locale.ROOT,
                "<path d='M%.1f %.1f V%.1f m-4 0 h8 M%.1f %.1f h8' fill='none' stroke='%s'/>",
                at,
                up(y, below),
                up(y, point.y() + point.error()),
                at - 4,
                up(y, below),
                each.colour()));
      }
      if (!each.level()) {
        line(
            svg,
            String.format(
                Locale.ROOT,
                "<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>",
                at,
                height,
                each.colour()));
      }
    }
    if (each.level()) {
      path.setLength(0);
      double height = up(y, each.points().getFirst().y());
      path.append(String.format(Locale.ROOT, "M%d %.1f H%.1f", LEFT, height, right));
    }
    line(
        svg,
        String.format(
            Locale.ROOT,
            "<path d='%s' fill='none' stroke='%s' stroke-width='2'%s/>",
            path,
            each.colour(),
            dashes));
  }

  /** The standard error of a level line, which has no place across. */
  private void band(StringBuilder svg, String colour, double top, double bottom) {
    line(
        svg,
        String.format(
            Locale.ROOT,
            "<rect x='%d' y='%.1f' width='%d' height='%.1f' fill='%s' fill-opacity='0.12'/>",
            LEFT,
            top,
            WIDTH - RIGHT - LEFT,
            bottom - top,
            colour));
  }

  /** What has to be within the axis: values with their errors, as far as it can show those. */
  private DoubleStream reach(Point point, boolean ofY) {
    if (!ofY) {
      return DoubleStream.of(point.x());
    }
    double below = point.y() - point.error();
    return DoubleStream.of(
        point.y(), point.y() + point.error(), logarithmic && below <= 0 ? point.y() : below);
  }

  private Ticks axis(boolean ofY) {
    var values =
        lines.stream()
            .filter(each -> ofY || !each.level())
            .flatMap(each -> each.points().stream())
            .flatMapToDouble(point -> reach(point, ofY))
            .summaryStatistics();
    return ofY && logarithmic
        ? Ticks.logarithmic(values.getMin(), values.getMax())
        : Ticks.linear(values.getMin(), values.getMax());
  }

  private static double across(Ticks x, double value) {
    return LEFT + x.place(value) * (WIDTH - RIGHT - LEFT);
  }

  private static double up(Ticks y, double value) {
    double bottom = HEIGHT - BOTTOM;
    double place = y.logarithmic() && value <= 0 ? 0 : y.place(value);
    return Math.clamp(bottom - place * (bottom - TOP), TOP, bottom);
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, String text, String more) {
    line(
        svg,
        String.format(
            Locale.ROOT,
            "<text x='%.1f' y='%.1f' text-anchor='%s' fill='#222222'%s>%s</text>",
            x,
            y,
            anchor,
            more,
            plain(text)));
  }

  /** Names come from files: XML has no control characters at all. */
  private static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", " ").replace("&", "&amp;").replace("<", "&lt;");
  }

  private static void line(StringBuilder svg, String element) {
    svg.append(element).append('\n');
  }
}
