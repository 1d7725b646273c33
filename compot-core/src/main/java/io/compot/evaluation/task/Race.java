package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.evaluation.python.PythonLiteral;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * RACE (Lai et al. 2017, arXiv 1704.04683), high-school part: a passage with its questions, of
 * which the last is asked and the others are given with their answers.
 *
 * <p>Reads the harness's own data ({@code article}, {@code problems} as a Python literal) and the
 * usual layout of one question a row, whose questions are gathered by article.
 */
final class Race {

  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  private record Problem(String question, String answer, List<String> options) {

    int gold(Row row) throws InputException {
      int gold = row.position("answer", answer, LETTERS);
      return row.withinRange("answer", gold, options.size());
    }
  }

  private Race() {}

  static List<Example> read(List<Row> rows) throws InputException {
    Map<String, List<Row>> byArticle = new LinkedHashMap<>();
    List<Example> examples = new ArrayList<>();
    for (Row row : rows) {
      if (row.has("problems")) {
        examples.add(new Example(row.columns(), document(row, row.text("article"), problems(row))));
      } else if (!row.has("example_id") || !row.text("example_id").startsWith("middle")) {
        byArticle.computeIfAbsent(row.text("article"), _ -> new ArrayList<>()).add(row);
      }
    }
    for (var each : byArticle.entrySet()) {
      var source = JsonNodeFactory.instance.arrayNode();
      List<Problem> problems = new ArrayList<>();
      for (Row row : each.getValue()) {
        source.add(row.columns());
        problems.add(new Problem(row.text("question"), row.text("answer"), row.texts("options")));
      }
      Row last = each.getValue().getLast();
      examples.add(new Example(source, document(last, each.getKey(), problems)));
    }
    return examples;
  }

  private static Document document(Row row, String article, List<Problem> problems)
      throws InputException {
    if (problems.isEmpty()) {
      throw row.refuse("problems", "expected at least one question");
    }
    var text = new StringBuilder("Article: " + article + "\n\n");
    for (Problem problem : problems.subList(0, problems.size() - 1)) {
      String question = problem.question();
      String answer = problem.options().get(problem.gold(row));
      if (question.endsWith("  _  .")) {
        text.append(question, 0, question.length() - 5).append(answer).append('\n');
      } else {
        text.append("Question: " + question + "\nAnswer: " + answer + "\n");
      }
    }
    Problem asked = problems.getLast();
    text.append(asked.question());
    return new Document.MultipleChoice(text.toString(), asked.options(), asked.gold(row));
  }

  private static List<Problem> problems(Row row) throws InputException {
    try {
      List<Problem> problems = new ArrayList<>();
      if (PythonLiteral.parse(row.text("problems")) instanceof List<?> list) {
        for (Object each : list) {
          problems.add(problem(row, each));
        }
      }
      return problems;
    } catch (IllegalArgumentException e) {
      throw row.refuse("problems", "not a Python list of questions (" + e.getMessage() + ")");
    }
  }

  private static Problem problem(Row row, Object literal) throws InputException {
    if (literal instanceof Map<?, ?> map
        && map.get("question") instanceof String question
        && map.get("answer") instanceof String answer
        && map.get("options") instanceof List<?> options) {
      return new Problem(question, answer, options.stream().map(String::valueOf).toList());
    }
    throw row.refuse("problems", "expected question, answer and options in each");
  }
}
