package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.List;

/** SciQ (Welbl et al. 2017, arXiv 1707.06209): science questions with a supporting passage. */
final class SciQ {

  private SciQ() {}

  static Document document(Row row) throws InputException {
    String question =
        PythonSpace.stripLeading(row.text("support"))
            + "\nQuestion: "
            + row.text("question")
            + "\nAnswer:";
    return new Document.MultipleChoice(
        question,
        List.of(
            row.text("distractor1"),
            row.text("distractor2"),
            row.text("distractor3"),
            row.text("correct_answer")),
        3);
  }
}
