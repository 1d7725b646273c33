package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;
import java.util.List;

/** AI2 ARC (Clark et al. 2018, arXiv 1803.05457), easy and challenge: school science questions. */
final class Arc {

  private Arc() {}

  static Document document(Row row) throws InputException {
    if (Gauntlet.isChoice(row)) {
      List<String> choices = row.texts("choices");
      return question(
          Gauntlet.after(row, "Question: "), choices, row.index("gold", choices.size()));
    }
    Row choices = row.inside("choices");
    int gold = row.position("answerKey", row.text("answerKey"), choices.texts("label"));
    List<String> texts = choices.texts("text");
    return question(row.text("question"), texts, row.withinRange("answerKey", gold, texts.size()));
  }

  private static Document question(String question, List<String> choices, int gold) {
    return new Document.MultipleChoice("Question: " + question + "\nAnswer:", choices, gold);
  }
}
