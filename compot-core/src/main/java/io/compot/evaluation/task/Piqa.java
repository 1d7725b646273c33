package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;
import java.util.List;

/** PIQA (Bisk et al. 2020, arXiv 1911.11641): which of two solutions reaches the goal. */
final class Piqa {

  private Piqa() {}

  static Document document(Row row) throws InputException {
    if (Gauntlet.isChoice(row)) {
      String goal = Gauntlet.after(row, "Question: ");
      List<String> choices = row.texts("choices");
      return question(goal.strip(), choices, row.index("gold", choices.size()));
    }
    List<String> solutions = List.of(row.text("sol1"), row.text("sol2"));
    return question(row.text("goal"), solutions, row.index("label", 2));
  }

  private static Document question(String goal, List<String> solutions, int label) {
    return new Document.MultipleChoice("Question: " + goal + "\nAnswer:", solutions, label);
  }
}
