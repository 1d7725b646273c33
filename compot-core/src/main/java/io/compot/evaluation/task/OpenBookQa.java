package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.List;

/** OpenBookQA (Mihaylov et al. 2018, arXiv 1809.02789): sentences to complete from science. */
final class OpenBookQa {

  private OpenBookQa() {}

  static Document document(Row row) throws InputException {
    if (Gauntlet.isChoice(row)) {
      List<String> choices = row.texts("choices");
      return new Document.MultipleChoice(
          row.text("query"), choices, row.index("gold", choices.size()));
    }
    Row choices = row.inside("choices");
    List<String> texts = choices.texts("text");
    String answer = PythonSpace.stripLeading(row.text("answerKey"));
    int gold = row.position("answerKey", answer, choices.texts("label"));
    return new Document.MultipleChoice(
        row.text("question_stem"), texts, row.withinRange("answerKey", gold, texts.size()));
  }
}
