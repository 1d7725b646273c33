package io.compot.report;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One entry of {@code results}. */
record EvaluatedFigure(
    String name,
    String metric,
    double value,
    @Nullable Double standardError,
    boolean higherIsBetter,
    @Nullable Double chance,
    @Nullable Double documents,
    @Nullable Double seconds,
    List<Double> hiddenStateErrors,
    JsonNode protocol) {

  private static final double QUANTILE = 1.96;

  /** The figures of a results file that have a value. */
  static List<EvaluatedFigure> all(JsonNode results) {
    List<EvaluatedFigure> all = new ArrayList<>();
    for (JsonNode each : results.path("results")) {
      Double value = FactTables.number(each.path("value"));
      if (value != null) {
        all.add(
            new EvaluatedFigure(
                each.path("name").asString(""),
                each.path("metric").asString(""),
                value,
                FactTables.number(each.path("standard_error")),
                each.path("higher_is_better").asBoolean(false),
                FactTables.number(each.path("chance")),
                documents(each),
                FactTables.number(each.path("seconds")),
                each.path("hidden_state_errors").valueStream().map(JsonNode::asDouble).toList(),
                each.path("protocol")));
      }
    }
    return all;
  }

  private static @Nullable Double documents(JsonNode entry) {
    Double own = FactTables.number(entry.path("documents"));
    return own != null ? own : FactTables.number(entry.path("protocol").path("documents"));
  }

  /** Whether it is a share of right answers. */
  boolean share() {
    return higherIsBetter && value >= 0 && value <= 1;
  }

  /** A value of this figure's kind, in words: a share and a rate of errors in percent. */
  String told(double any) {
    return share() || metric.endsWith("_error_rate") ? Wording.percent(any) : Wording.number(any);
  }

  boolean aboveChance() {
    return chance != null && standardError != null && value - QUANTILE * standardError > chance;
  }

  /** Task and metric, each said once. */
  String label() {
    String words = metric.replace('_', ' ');
    return words.contains(name) ? words : name + " " + words;
  }

  String note() {
    String error = standardError == null ? "" : "± " + told(standardError);
    String guess = chance == null ? "" : "guessing " + Wording.percent(chance);
    return error.isEmpty() || guess.isEmpty() ? error + guess : error + ", " + guess;
  }
}
