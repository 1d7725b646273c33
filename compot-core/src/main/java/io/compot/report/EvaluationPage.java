package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Facts;
import io.compot.report.Page.Highlight;
import io.compot.report.Page.Run;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The page of an evaluation, from what {@code eval --json} writes; or of two, before and after. */
final class EvaluationPage {

  private static final int MOST_HIGHLIGHTS = 6;

  private final List<EvaluatedFigure> before;
  private final List<EvaluatedFigure> after;
  private final @Nullable JsonNode first;
  private final JsonNode results;

  private EvaluationPage(@Nullable JsonNode first, JsonNode results) {
    this.first = first;
    this.results = results;
    this.before = first == null ? List.of() : EvaluatedFigure.all(first);
    this.after = EvaluatedFigure.all(results);
  }

  static Page of(JsonNode results) {
    return new EvaluationPage(null, results).single();
  }

  /**
   * The page of two evaluations.
   *
   * @param differences the comparison of the two, as {@code eval --compare --json} prints it
   */
  static Page of(JsonNode first, JsonNode second, JsonNode differences) {
    return new EvaluationPage(first, second).paired(differences);
  }

  private Page single() {
    List<Facts> facts = new ArrayList<>();
    facts.add(new Facts("Results", true, table()));
    facts.addAll(Transcripts.of(results));
    facts.addAll(AnsweredImages.of(results));
    return page("Evaluation report", verdict(), facts);
  }

  private Page paired(JsonNode differences) {
    var comparisons = differences.path("comparisons");
    List<Facts> facts = new ArrayList<>();
    facts.add(new Facts("Differences", true, differences(comparisons)));
    if (first != null) {
      facts.addAll(Transcripts.of(first, results));
      facts.addAll(AnsweredImages.of(first, results));
    }
    return page("Evaluation, before and after", verdict(comparisons), facts);
  }

  private Page page(String kind, String verdict, List<Facts> facts) {
    List<Figure> figures = new ArrayList<>();
    tasks().ifPresent(figures::add);
    after.stream().map(HiddenStateFigure::of).flatMap(Optional::stream).forEach(figures::add);
    facts.add(new Facts("How it was measured", false, protocols()));
    facts.add(
        new Facts(
            "Model files (SHA-256)", false, FactTables.pairs("file", results.path("inputs"))));
    if (first != null) {
      facts.add(
          new Facts(
              "Model files of the first (SHA-256)",
              false,
              FactTables.pairs("file", first.path("inputs"))));
    }
    facts.add(new Facts("Versions", false, FactTables.pairs("program", results.path("versions"))));
    facts.removeIf(each -> each.table().rows().isEmpty());
    return new Page(kind, title(), verdict, highlights(), figures, facts, run());
  }

  private String title() {
    String name = name(results);
    return first == null || name(first).equals(name) ? name : name(first) + " → " + name;
  }

  /** The last part of the folder's path. */
  private static String name(JsonNode results) {
    String path = results.path("model").asString("").replaceAll("[/\\\\]+$", "");
    String last = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    return last.isBlank() ? "model" : last;
  }

  private String verdict() {
    List<String> parts = new ArrayList<>();
    for (EvaluatedFigure each : after) {
      if (!each.share() && parts.size() < 2) {
        parts.add("its %s is %s".formatted(each.label(), each.told(each.value())));
      }
    }
    List<EvaluatedFigure> guessable =
        after.stream().filter(each -> each.share() && each.chance() != null).toList();
    if (!guessable.isEmpty()) {
      long above = guessable.stream().filter(EvaluatedFigure::aboveChance).count();
      parts.add(
          "%d of %d task figures lie above guessing by more than noise"
              .formatted(above, guessable.size()));
    }
    return parts.isEmpty()
        ? "%d figures were measured.".formatted(after.size())
        : "Of this model, " + String.join(", and ", parts) + ".";
  }

  private static String verdict(JsonNode comparisons) {
    int worse = 0;
    int better = 0;
    int same = 0;
    int unknown = 0;
    for (JsonNode each : comparisons) {
      if (!each.path("more_than_noise").isBoolean()) {
        unknown++;
      } else if (!each.path("more_than_noise").booleanValue()) {
        same++;
      } else if (each.path("difference").asDouble(0) > 0
          == each.path("higher_is_better").asBoolean(false)) {
        better++;
      } else {
        worse++;
      }
    }
    return "Of %d figures that both have, the second model is worse in %d and better in %d by more than noise; %d differ by no more than noise%s."
        .formatted(
            comparisons.size(),
            worse,
            better,
            same,
            unknown == 0 ? "" : ", and of " + unknown + " that is not known");
  }

  /** The first figure of each task; of a single task, its first ones. */
  private List<Highlight> highlights() {
    List<Highlight> all = new ArrayList<>();
    Set<String> told = new HashSet<>();
    boolean alone = after.stream().map(EvaluatedFigure::name).distinct().count() == 1;
    for (EvaluatedFigure each : after) {
      if (all.size() == MOST_HIGHLIGHTS) {
        break;
      }
      if (!told.add(each.name()) && !alone) {
        continue;
      }
      Optional<EvaluatedFigure> earlier = earlier(each);
      String value = each.told(each.value());
      String note = earlier.map(one -> "before " + one.told(one.value())).orElseGet(each::note);
      all.add(new Highlight(each.label(), value, note));
    }
    return all;
  }

  private Optional<EvaluatedFigure> earlier(EvaluatedFigure figure) {
    return before.stream().filter(each -> each.label().equals(figure.label())).findFirst();
  }

  /** Shares of right answers with their intervals. */
  private Optional<Figure> tasks() {
    List<EvaluatedFigure> shares = after.stream().filter(EvaluatedFigure::share).toList();
    if (shares.isEmpty()) {
      return Optional.empty();
    }
    List<@Nullable Double> chance = new ArrayList<>();
    List<@Nullable Double> values = new ArrayList<>();
    List<@Nullable Double> errors = new ArrayList<>();
    List<@Nullable Double> earlierValues = new ArrayList<>();
    List<@Nullable Double> earlierErrors = new ArrayList<>();
    for (EvaluatedFigure each : shares) {
      EvaluatedFigure earlier = earlier(each).orElse(null);
      chance.add(each.chance());
      values.add(each.value());
      errors.add(each.standardError());
      earlierValues.add(earlier == null ? null : earlier.value());
      earlierErrors.add(earlier == null ? null : earlier.standardError());
    }
    List<Chart.Measured> sets = new ArrayList<>();
    if (first != null) {
      sets.add(new Chart.Measured("before", earlierValues, earlierErrors));
    }
    sets.add(new Chart.Measured(first == null ? "measured" : "after", values, errors));
    return Optional.of(
        new Figure(
            "tasks",
            "Tasks",
            "Shares of right answers, with intervals of 1.96 standard errors (95 %). The dashed"
                + " mark is what guessing gives.",
            "Dots with error bars for %d figures: %s."
                .formatted(
                    shares.size(),
                    String.join(
                        ", ",
                        shares.stream()
                            .map(each -> each.label() + " " + Wording.percent(each.value()))
                            .toList())),
            new Chart.Intervals(
                shares.stream().map(EvaluatedFigure::label).toList(), Unit.PERCENT, chance, sets),
            table()));
  }

  private Table table() {
    List<Table.Column> columns =
        new ArrayList<>(List.of(column("task", Unit.TEXT), column("metric", Unit.TEXT)));
    if (first != null) {
      columns.add(column("before", Unit.NUMBER));
      columns.add(column("± before", Unit.NUMBER));
    }
    columns.add(column(first == null ? "value" : "after", Unit.NUMBER));
    columns.add(column("± standard error", Unit.NUMBER));
    columns.add(column("guessing", Unit.NUMBER));
    columns.add(column("documents", Unit.COUNT));
    var table = Table.of(columns.toArray(Table.Column[]::new));
    for (EvaluatedFigure each : after) {
      List<@Nullable Object> row = new ArrayList<>(List.of(each.name(), each.metric()));
      if (first != null) {
        row.add(earlier(each).map(EvaluatedFigure::value).orElse(null));
        row.add(earlier(each).map(EvaluatedFigure::standardError).orElse(null));
      }
      row.add(each.value());
      row.add(each.standardError());
      row.add(each.chance());
      row.add(each.documents());
      table.row(row.toArray());
    }
    return table;
  }

  /** Figures of one task are measured alike. */
  private Table protocols() {
    var table =
        Table.of(column("task", Unit.TEXT), column("field", Unit.TEXT), column("value", Unit.TEXT));
    Set<String> told = new HashSet<>();
    for (EvaluatedFigure each : after) {
      if (told.add(each.name() + each.protocol())) {
        FactTables.pairs("field", each.protocol())
            .rows()
            .forEach(row -> table.row(each.name(), row.get(0), row.get(1)));
      }
    }
    return table;
  }

  private static Table differences(JsonNode comparisons) {
    var table =
        Table.of(
            column("task", Unit.TEXT),
            column("metric", Unit.TEXT),
            column("first", Unit.NUMBER),
            column("second", Unit.NUMBER),
            column("difference", Unit.NUMBER),
            column("± standard error", Unit.NUMBER),
            column("more than noise", Unit.TEXT));
    for (JsonNode each : comparisons) {
      JsonNode verdict = each.path("more_than_noise");
      String differs = each.path("incomparable").asString("");
      table.row(
          each.path("name").asString(""),
          each.path("metric").asString(""),
          FactTables.number(each.path("first")),
          FactTables.number(each.path("second")),
          differs.isEmpty() ? FactTables.number(each.path("difference")) : null,
          FactTables.number(each.path("standard_error")),
          !differs.isEmpty()
              ? "not measured alike: " + differs
              : !verdict.isBoolean() ? "unknown" : verdict.booleanValue() ? "yes" : "no");
    }
    return table;
  }

  private Run run() {
    List<String> names = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    for (EvaluatedFigure each : after) {
      if (each.seconds() != null) {
        names.add(each.label());
        seconds.add(each.seconds());
      }
    }
    return new Run(
        names.isEmpty() ? List.of() : List.of(RunFigures.time("Time by figure", names, seconds)),
        RunFigures.date(results.path("run")));
  }
}
