package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Facts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Images with what a model, and the one it was made from, answered to questions about them. */
final class AnsweredImages {

  /** Questions of a task; more would make pages slow. */
  private static final int MOST = 100;

  private AnsweredImages() {}

  /** An answer, and what it is worth. */
  private record Answer(String text, double score) {

    static @Nullable Answer of(JsonNode node, String text, String score) {
      return node.has(text)
          ? new Answer(node.path(text).asString(""), node.path(score).asDouble(0))
          : null;
    }

    @Override
    public String toString() {
      return (score == 1 ? "✓ " : score == 0 ? "✗ " : "(%.2f) ".formatted(score)) + text;
    }
  }

  /** A question with the answers of one model or two. */
  private record Asked(JsonNode question, @Nullable Answer first, Answer second) {

    boolean alike() {
      return first == null || first.score() == second.score();
    }
  }

  /** A table a task: questions first whose answers are worth other than the original's. */
  static List<Facts> of(JsonNode results) {
    List<Facts> tables = new ArrayList<>();
    for (JsonNode figure : results.path("results")) {
      List<Asked> all = new ArrayList<>();
      for (JsonNode each : figure.path("answers")) {
        all.add(new Asked(each, Answer.of(each, "original", "original_score"), own(each)));
      }
      table(figure, all, "original", "this model", tables);
    }
    return tables;
  }

  /** The same of two models that were asked the same. */
  static List<Facts> of(JsonNode first, JsonNode second) {
    Map<String, Answer> before = new HashMap<>();
    for (JsonNode figure : first.path("results")) {
      figure.path("answers").forEach(each -> before.put(key(figure, each), own(each)));
    }
    List<Facts> tables = new ArrayList<>();
    for (JsonNode figure : second.path("results")) {
      List<Asked> all = new ArrayList<>();
      for (JsonNode each : figure.path("answers")) {
        Answer earlier = before.get(key(figure, each));
        if (earlier != null) {
          all.add(new Asked(each, earlier, own(each)));
        }
      }
      table(figure, all, "before", "after", tables);
    }
    return tables;
  }

  private static Answer own(JsonNode node) {
    return new Answer(node.path("answer").asString(""), node.path("score").asDouble(0));
  }

  private static String key(JsonNode figure, JsonNode answer) {
    return figure.path("name").asString("")
        + " "
        + answer.path("row").asInt(0)
        + " "
        + answer.path("question").asString("");
  }

  private static void table(
      JsonNode figure, List<Asked> all, String first, String second, List<Facts> tables) {
    if (all.isEmpty()) {
      return;
    }
    boolean paired = all.getFirst().first() != null;
    List<Table.Column> columns = new ArrayList<>();
    columns.add(column("row", Unit.COUNT));
    columns.add(column("images", Unit.IMAGES));
    columns.add(column("question", Unit.TEXT));
    if (paired) {
      columns.add(column(first, Unit.TEXT));
    }
    columns.add(column(second, Unit.TEXT));
    var table = Table.of(columns.toArray(Table.Column[]::new));
    all.stream()
        .sorted(Comparator.comparing(Asked::alike))
        .limit(MOST)
        .forEach(each -> table.row(row(each).toArray()));
    String count = all.size() > MOST ? " (%d of %d)".formatted(MOST, all.size()) : "";
    String name = figure.path("name").asString("");
    tables.add(
        new Facts(
            "Images of %s, with answers%s".formatted(name, count),
            true,
            paired ? "Questions first whose answers are not worth the same." : "",
            table));
  }

  private static List<Object> row(Asked asked) {
    List<Object> row = new ArrayList<>();
    JsonNode question = asked.question();
    row.add(question.path("row").asDouble(0));
    row.add(
        String.join(
            " ", question.path("images").valueStream().map(url -> url.asString("")).toList()));
    row.add(question.path("question").asString(""));
    if (asked.first() != null) {
      row.add(asked.first().toString());
    }
    row.add(asked.second().toString());
    return row;
  }
}
