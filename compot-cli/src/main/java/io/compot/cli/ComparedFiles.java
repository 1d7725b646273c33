package io.compot.cli;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * A comparison's folder: a table for programs, the same as JSON, and a picture, kept up to date.
 */
final class ComparedFiles {

  private static final double MARGIN = 0.05;

  private final Path folder;
  private final Map<String, Object> settings;
  private final List<ComparedRow> rows = new ArrayList<>();

  /**
   * A comparison in a prepared folder.
   *
   * @param settings what was compared, for the JSON file
   */
  ComparedFiles(Path folder, Map<String, Object> settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /**
   * Makes the folder, before any work.
   *
   * @throws CompotException where the folder is taken or cannot be made
   */
  static void prepare(Path folder) throws CompotException {
    try {
      Files.createDirectories(folder);
      try (Stream<Path> there = Files.list(folder)) {
        if (there.findAny().isPresent()) {
          throw new UsageException(
              folder + ": the output folder is not empty; choose another, or remove it first");
        }
      }
      Files.writeString(
          folder.resolve("results.csv"), String.join(",", ComparedRow.HEADINGS) + "\n");
    } catch (IOException failed) {
      throw unwritable(folder, failed);
    }
  }

  /** Where the compressed model lies while it is measured. */
  Path model() {
    return folder.resolve("model-in-work");
  }

  List<ComparedRow> rows() {
    return List.copyOf(rows);
  }

  /** Adds a result to all files. */
  void add(ComparedRow row) throws FailureException {
    rows.add(row);
    try {
      Files.writeString(folder.resolve("results.csv"), row.csv() + "\n", StandardOpenOption.APPEND);
      Files.writeString(folder.resolve("results.json"), Json.text(json()));
      if (rows.stream().anyMatch(each -> !each.original())) {
        ChartEncoder.saveChart(picture(), folder.resolve("perplexity.png").toString(), "png");
      }
    } catch (IOException failed) {
      throw unwritable(folder, failed);
    }
  }

  /** Settings and results so far. */
  Map<String, Object> json() {
    Map<String, Object> all = new LinkedHashMap<>(settings);
    all.put("results", rows());
    return all;
  }

  /** Removes the model that was measured. */
  void removeModel() throws FailureException {
    try (Stream<Path> files = Files.list(model())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(model());
    } catch (IOException failed) {
      throw unwritable(folder, failed);
    }
  }

  private XYChart picture() {
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(650)
            .title("Token perplexity at equal bits")
            .xAxisTitle("real bits per weight of the projections, masks included")
            .yAxisTitle("token perplexity")
            .build();
    Map<String, List<ComparedRow>> lines = new LinkedHashMap<>();
    for (ComparedRow row : rows) {
      if (!row.original()) {
        lines.computeIfAbsent(row.line(), _ -> new ArrayList<>()).add(row);
      }
    }
    lines.forEach((name, points) ->
        chart.addSeries(
            name,
            points.stream().mapToDouble(ComparedRow::bitsPerWeight).toArray(),
            points.stream().mapToDouble(ComparedRow::perplexity).toArray()));
    var bits =
        rows.stream()
            .filter(row -> !row.original())
            .mapToDouble(ComparedRow::bitsPerWeight)
            .summaryStatistics();
    for (ComparedRow row : rows) {
      if (row.original()) {
        double[] across = {bits.getMin() * (1 - MARGIN), bits.getMax() * (1 + MARGIN)};
        chart.addSeries("dense", across, new double[] {row.perplexity(), row.perplexity()});
      }
    }
    return chart;
  }

  private static FailureException unwritable(Path folder, IOException failed) {
    return new FailureException(
        "%s: the comparison cannot be written (%s); check space and permissions"
            .formatted(folder, failed.getMessage()),
        failed);
  }
}
