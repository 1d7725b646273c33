package io.compot.cli;

import io.compot.comparison.ComparisonRow;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * A measure against real bits per weight, over decades, one line a method, for one model.
 *
 * @param fileName of the picture, without the ending
 * @param axis what is measured
 * @param measure of each row
 */
record ComparedPicture(String fileName, String axis, ToDoubleFunction<ComparisonRow> measure) {

  /** Those that every comparison has. */
  static final List<ComparedPicture> ALL =
      List.of(
          new ComparedPicture("perplexity", "token perplexity", ComparisonRow::perplexity),
          new ComparedPicture(
              "divergence",
              "KL divergence to the original, nats a token",
              ComparisonRow::klDivergence));

  private static final double MARGIN = 0.02;

  /** Dark enough on white, and apart from each other; then they begin again. */
  private static final Color[] COLOURS = {
    new Color(0x7f7f7f),
    new Color(0xbc8f5f),
    new Color(0x1f77b4),
    new Color(0x17a2b8),
    new Color(0x8c564b),
    new Color(0xe6a100),
    new Color(0xff7f0e),
    new Color(0x2ca02c),
    new Color(0x0b5d1e),
    new Color(0xd62728),
    new Color(0x9467bd),
    new Color(0x000000)
  };

  /** Writes a PNG; nothing where there is no point to draw. */
  void draw(String model, List<ComparisonRow> rows, OutputStream out) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(650)
            .title(model)
            .xAxisTitle("real bits per weight of the projections, masks included")
            .yAxisTitle(axis)
            .build();
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setSeriesColors(COLOURS);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    Map<String, List<ComparisonRow>> lines = new LinkedHashMap<>();
    rows.stream()
        .filter(row -> !row.original() && measure.applyAsDouble(row) > 0)
        .forEach(row -> lines.computeIfAbsent(row.line(), _ -> new ArrayList<>()).add(row));
    lines.forEach((name, points) ->
        chart.addSeries(
            name,
            points.stream().mapToDouble(ComparisonRow::bitsPerWeight).toArray(),
            points.stream().mapToDouble(measure).toArray()));
    dense(chart, rows);
    if (!lines.isEmpty()) {
      ChartEncoder.saveChart(chart, out, "png");
    }
  }

  private void dense(XYChart chart, List<ComparisonRow> rows) {
    var bits =
        rows.stream()
            .filter(row -> !row.original())
            .mapToDouble(ComparisonRow::bitsPerWeight)
            .summaryStatistics();
    for (ComparisonRow row : rows) {
      if (row.original() && bits.getCount() > 0 && measure.applyAsDouble(row) > 0) {
        double[] across = {bits.getMin() * (1 - MARGIN), bits.getMax() * (1 + MARGIN)};
        double value = measure.applyAsDouble(row);
        chart.addSeries("dense", across, new double[] {value, value});
      }
    }
  }
}
