package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.List;

/** WinoGrande (Sakaguchi et al. 2019, arXiv 1907.10641): which of two names fills the blank. */
final class WinoGrande {

  private WinoGrande() {}

  static Document document(Row row) throws InputException {
    if (Gauntlet.isBeginnings(row)) {
      List<String> beginnings = row.texts("context_options");
      return new Document.Beginnings(
          beginnings, row.text("continuation"), row.index("gold", beginnings.size()));
    }
    String sentence = row.text("sentence");
    int blank = sentence.indexOf('_');
    if (blank < 0) {
      throw row.refuse("sentence", "expected a blank, written _");
    }
    String before = sentence.substring(0, blank);
    return new Document.Beginnings(
        List.of(before + row.text("option1"), before + row.text("option2")),
        PythonSpace.strip(sentence.substring(blank + 1)),
        row.position("answer", row.text("answer"), List.of("1", "2")));
  }
}
