package io.compot.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A comparison as papers take it: for each model figures as SVG (perplexity, divergence and tasks
 * over real bits, divergence over bytes on disk, with standard errors) and one file of LaTeX tables
 * for the package booktabs.
 */
public final class PaperFiles {

  private final Map<String, List<ComparedRow>> models = new LinkedHashMap<>();

  private final JsonNode comparison;

  private PaperFiles(JsonNode comparison) {
    this.comparison = comparison;
    ComparedRow.all(comparison)
        .forEach(row -> models.computeIfAbsent(row.model(), _ -> new ArrayList<>()).add(row));
  }

  /**
   * All of them.
   *
   * @param comparison as {@code results.json} holds it
   * @return contents by file name
   */
  public static Map<String, String> of(Object comparison) {
    var paper = new PaperFiles(ReportJson.tree(comparison));
    Map<String, String> files = new LinkedHashMap<>();
    paper.models.forEach((model, rows) -> {
      String end = (paper.models.size() == 1 ? "" : "-" + model) + ".svg";
      for (Compared each : Compared.of(rows)) {
        figure(model, rows, each).ifPresent(figure -> files.put(each.id() + end, figure.text()));
      }
    });
    if (!files.isEmpty()) {
      files.put("results.tex", new LatexTables(paper.models, paper.comparison).text());
    }
    return files;
  }

  private static Optional<SvgFigure> figure(
      String model, List<ComparedRow> rows, Compared compared) {
    Map<String, SvgFigure.Line> lines = new LinkedHashMap<>();
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (ComparedRow row : rows) {
      Compared.Point point = compared.point(row);
      if (point == null || (row.original() && point.y() <= 0)) {
        continue;
      }
      least = Math.min(least, point.y());
      most = Math.max(most, point.y());
      var line =
          lines.computeIfAbsent(
              row.line(),
              name ->
                  new SvgFigure.Line(
                      name,
                      row.original() ? "#555555" : MethodColour.onWhite(row.method()),
                      row.original(),
                      List.of()));
      List<SvgFigure.Point> points = new ArrayList<>(line.points());
      points.add(new SvgFigure.Point(point.x(), point.y(), point.error()));
      points.sort(Comparator.comparingDouble(SvgFigure.Point::x));
      lines.put(row.line(), new SvgFigure.Line(line.name(), line.colour(), line.level(), points));
    }
    return lines.values().stream().allMatch(SvgFigure.Line::level)
        ? Optional.empty()
        : Optional.of(
            new SvgFigure(
                model,
                compared.xTitle(),
                compared.what(),
                Compared.decades(least, most),
                List.copyOf(lines.values())));
  }
}
