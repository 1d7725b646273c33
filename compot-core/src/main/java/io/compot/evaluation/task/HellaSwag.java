package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.evaluation.python.PythonText;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** HellaSwag (Zellers et al. 2019, arXiv 1905.07830): which ending fits. */
final class HellaSwag {

  /** Python's dot stops at line feeds only. */
  private static final Pattern BRACKETS = Pattern.compile("\\[.*?\\]", Pattern.UNIX_LINES);

  private HellaSwag() {}

  static Document document(Row row) throws InputException {
    String context = row.text("ctx_a") + " " + PythonText.capitalize(row.text("ctx_b"));
    List<String> endings = new ArrayList<>();
    for (String ending : row.texts("endings")) {
      endings.add(preprocess(ending));
    }
    return new Document.MultipleChoice(
        preprocess(row.text("activity_label") + ": " + context),
        endings,
        row.index("label", endings.size()));
  }

  /** Takes away what is left of WikiHow's marks. */
  static String preprocess(String text) {
    String stripped = PythonSpace.strip(text).replace(" [title]", ". ");
    return BRACKETS.matcher(stripped).replaceAll("").replace("  ", " ");
  }
}
