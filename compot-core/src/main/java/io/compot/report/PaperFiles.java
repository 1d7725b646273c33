package io.compot.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A comparison as papers take it: for each model figures as SVG (perplexity and divergence over
 * real bits, with standard errors) and one file of LaTeX tables for the package booktabs.
 */
public final class PaperFiles {

  /** Beyond this a figure is drawn over decades. */
  private static final double DECADES = 20;

  private final Map<String, List<ComparedRow>> models = new LinkedHashMap<>();

  private PaperFiles(JsonNode comparison) {
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
      figure(model, rows, "token perplexity", ComparedRow::perplexity, "perplexity_standard_error")
          .ifPresent(figure -> files.put("perplexity" + end, figure.text()));
      figure(
              model,
              rows,
              "KL divergence to the original, nats a token",
              ComparedRow::klDivergence,
              "kl_standard_error")
          .ifPresent(figure -> files.put("divergence" + end, figure.text()));
    });
    if (!files.isEmpty()) {
      files.put("results.tex", new LatexTables(paper.models).text());
    }
    return files;
  }

  private static Optional<SvgFigure> figure(
      String model,
      List<ComparedRow> rows,
      String what,
      Function<ComparedRow, @Nullable Double> measure,
      String error) {
    Map<String, SvgFigure.Line> lines = new LinkedHashMap<>();
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (ComparedRow row : rows) {
      Double value = measure.apply(row);
      Double bits = row.bitsPerWeight();
      if (value == null || bits == null || (row.original() && value <= 0)) {
        continue;
      }
      least = Math.min(least, value);
      most = Math.max(most, value);
      Double spread = row.number(error);
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
      points.add(new SvgFigure.Point(bits, value, spread == null ? 0 : spread));
      points.sort(Comparator.comparingDouble(SvgFigure.Point::x));
      lines.put(row.line(), new SvgFigure.Line(line.name(), line.colour(), line.level(), points));
    }
    return lines.values().stream().allMatch(SvgFigure.Line::level)
        ? Optional.empty()
        : Optional.of(
            new SvgFigure(
                model,
                "real bits per weight of the projections, masks included",
                what,
                least > 0 && most > DECADES * least,
                List.copyOf(lines.values())));
  }
}
