package io.compot.cli;

import io.compot.SpeechModel;
import io.compot.error.CompotException;
import io.compot.plan.BitCount;
import io.compot.plan.Expectation;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.result.SearchReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a compression will do or has done, as tables. */
final class CompressionView {

  /** Above this many projections a table has a row for each block instead. */
  private static final int MOST_ROWS = 60;

  private final Screen screen;

  CompressionView(Screen screen) {
    this.screen = screen;
  }

  /** What would be removed where. */
  void plan(Plan plan) {
    if (plan.projections().size() > MOST_ROWS) {
      blocks(plan, Map.of());
      return;
    }
    var table =
        new TextTable("projection", ">out x in", ">factors", ">before", ">after", ">removed");
    for (PlannedProjection each : plan.projections()) {
      table.row(
          each.name(),
          each.out() + " x " + each.in(),
          each.words(),
          Quantity.bits(each.bitsBefore()),
          Quantity.bits(each.bitsAfter()),
          removed(each));
    }
    table.print(screen);
    reasons(plan);
  }

  /** What was removed where, and the error that it made. */
  void layers(CompressionReport report) {
    Plan plan = report.plan();
    Map<String, LayerReport> reports = new HashMap<>();
    report.layers().forEach(layer -> reports.put(layer.name(), layer));
    if (plan.projections().size() > MOST_ROWS) {
      blocks(plan, reports);
      return;
    }
    var table =
        new TextTable(
            "projection", ">out x in", ">factors", ">before", ">after", ">removed", ">error");
    for (PlannedProjection each : plan.projections()) {
      LayerReport layer = reports.get(each.name());
      table.row(
          each.name(),
          each.out() + " x " + each.in(),
          each.words(),
          Quantity.bits(each.bitsBefore()),
          Quantity.bits(layer == null ? each.bitsAfter() : layer.bits()),
          removed(each),
          layer == null ? "" : Quantity.error(error(layer)));
    }
    table.print(screen);
    reasons(plan);
  }

  private void blocks(Plan plan, Map<String, LayerReport> reports) {
    boolean several =
        plan.projections().stream().map(each -> each.place().stack()).distinct().count() > 1;
    Map<String, List<PlannedProjection>> byBlock = new LinkedHashMap<>();
    for (PlannedProjection each : plan.projections()) {
      String stack = several ? each.place().stack() + " " : "";
      byBlock.computeIfAbsent(stack + each.place().block(), _ -> new ArrayList<>()).add(each);
    }
    boolean errors = !reports.isEmpty();
    var table =
        errors
            ? new TextTable(
                ">block", ">compressed", ">before", ">after", ">removed", ">mean error", ">worst")
            : new TextTable(">block", ">compressed", ">before", ">after", ">removed");
    byBlock.forEach((block, projections) -> {
      long before = projections.stream().mapToLong(PlannedProjection::bitsBefore).sum();
      long after = projections.stream().mapToLong(PlannedProjection::bitsAfter).sum();
      List<String> cells =
          new ArrayList<>(
              List.of(
                  block,
                  "%d of %d"
                      .formatted(
                          projections.stream().filter(PlannedProjection::compressed).count(),
                          projections.size()),
                  Quantity.bits(before),
                  Quantity.bits(after),
                  Quantity.percent(new BitCount(before, after).removed())));
      if (errors) {
        var statistics =
            projections.stream()
                .map(each -> reports.get(each.name()))
                .filter(Objects::nonNull)
                .mapToDouble(CompressionView::error)
                .summaryStatistics();
        boolean any = statistics.getCount() > 0;
        cells.add(any ? Quantity.error(statistics.getAverage()) : "");
        cells.add(any ? Quantity.error(statistics.getMax()) : "");
      }
      table.row(cells.toArray(String[]::new));
    });
    table.print(screen);
    reasons(plan);
  }

  /** Why projections stay dense, each reason once. */
  private void reasons(Plan plan) {
    Map<String, Integer> counts = new TreeMap<>();
    for (PlannedProjection each : plan.projections()) {
      String what = each.bitsAfter() == 0 ? "gone" : "dense";
      each.dense().ifPresent(reason -> counts.merge(what + ": " + reason, 1, Integer::sum));
    }
    counts.forEach((reason, count) -> screen.line("%d %s".formatted(count, reason)));
  }

  /** The totals of a plan. */
  void totals(Plan plan) {
    change(
        "projections",
        plan.compressed(),
        "asked for %s, %s allocation"
            .formatted(Quantity.percent(plan.requestedRatio()), plan.allocation()));
    change("whole model", plan.model(), "");
  }

  /** What it will take; no digit more than is known. */
  void expected(Expectation expected) {
    screen.line(
        "it takes    about %s, %s of memory, %s of disk"
            .formatted(
                Quantity.about(expected.seconds()),
                Quantity.bytes(expected.memoryBytes()),
                Quantity.bytes(expected.diskBytes())));
  }

  /** The totals of what was done, and where it lies. */
  void size(CompressionReport report, Path output) {
    change(
        "projections",
        report.bits().projections(),
        report.layers().isEmpty()
            ? report.method()
            : "%s, %s allocation, mean relative error %s"
                .formatted(
                    report.method(),
                    report.allocation(),
                    Quantity.error(report.meanRelativeError())));
    change("whole model", report.bits().model(), "");
    if (report.search() != null) {
      search(report.search());
    }
    screen.line("output      " + output);
  }

  private void search(SearchReport found) {
    boolean rise = found.limit().equals("max-rise");
    screen.line(
        "%-11s %s of at most %s, with %.4g bits a weight: the smallest of %d sizes tried, on %d windows of %s"
            .formatted(
                "found",
                rise
                    ? "perplexity +" + Quantity.percent(found.lost())
                    : "KL " + Quantity.error(found.lost()),
                rise ? Quantity.percent(found.most()) : Quantity.error(found.most()),
                found.bits(),
                found.tried().size(),
                found.windows(),
                found.text()));
  }

  private void change(String what, BitCount bits, String note) {
    screen.line(
        "%-11s %s -> %s, %s removed%s"
            .formatted(
                what,
                Quantity.bits(bits.before()),
                Quantity.bits(bits.after()),
                Quantity.percent(bits.removed()),
                note.isEmpty() ? "" : " (" + note + ")"));
  }

  /** What to try with the output. */
  void next(Path output) throws CompotException {
    String folder = Invocation.quoted(output.toString());
    String program = Invocation.program();
    screen.line();
    screen.line("next:");
    boolean hears = SpeechModel.is(output);
    screen.line(
        "  "
            + program
            + (hears
                ? " transcribe " + folder + " AUDIO"
                : " generate " + folder + " --prompt \"Once upon a time\""));
    screen.line(
        "  " + program + " eval " + folder + (hears ? " --speech LIST" : " --perplexity FILE"));
    screen.line("  " + program + " export " + folder + " --format dense -o FOLDER");
  }

  private static String removed(PlannedProjection each) {
    return Quantity.percent(new BitCount(each.bitsBefore(), each.bitsAfter()).removed());
  }

  private static double error(LayerReport layer) {
    Double whitened = layer.relativeError().whitened();
    return whitened != null ? whitened : layer.relativeError().weight();
  }
}
