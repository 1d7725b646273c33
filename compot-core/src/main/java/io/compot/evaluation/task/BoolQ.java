package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;
import java.util.List;

/**
 * BoolQ (Clark et al. 2019, arXiv 1905.10044) as SuperGLUE has it: yes or no. SuperGLUE names the
 * answer {@code label}, the original set {@code answer}; SuperGLUE's passages begin with a title
 * that the original keeps apart, so figures of the two do not compare to the last digit.
 */
final class BoolQ {

  private static final List<String> CHOICES = List.of("no", "yes");

  private BoolQ() {}

  static Document document(Row row) throws InputException {
    if (Gauntlet.isChoice(row)) {
      return gauntlet(row);
    }
    int label = row.index(row.has("label") ? "label" : "answer", 2);
    return question(row.text("passage"), row.text("question"), label);
  }

  private static Document gauntlet(Row row) throws InputException {
    String query = Gauntlet.after(row, "Passage: ");
    int question = query.lastIndexOf("\nQuestion: ");
    if (question < 0 || !query.endsWith("?") || !row.texts("choices").equals(CHOICES)) {
      throw row.refuse("query", "expected a passage, a question and the choices no and yes");
    }
    String asked = query.substring(question + "\nQuestion: ".length(), query.length() - 1);
    return question(query.substring(0, question), asked, row.index("gold", 2));
  }

  private static Document question(String passage, String question, int label) {
    return new Document.MultipleChoice(
        passage + "\nQuestion: " + question + "?\nAnswer:", CHOICES, label);
  }
}
