package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A text with columns in braces, {@code "Question: {question}"}; a doubled brace stands for one.
 *
 * @param texts between the columns, one more than there are columns
 */
record Template(List<String> texts, List<String> columns) {

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException where a brace has no partner
   */
  static Template parse(String text) {
    List<String> texts = new ArrayList<>();
    List<String> columns = new ArrayList<>();
    var open = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        open.append(c);
        i++;
      } else if (c == '{') {
        int end = text.indexOf('}', i);
        if (end < 0) {
          throw new IllegalArgumentException("a { has no }");
        }
        texts.add(open.toString());
        columns.add(text.substring(i + 1, end).strip());
        open.setLength(0);
        i = end;
      } else if (c == '}') {
        throw new IllegalArgumentException("a } has no {");
      } else {
        open.append(c);
      }
    }
    texts.add(open.toString());
    return new Template(texts, columns);
  }

  /** The text with a row's values in place. */
  String fill(Row row) throws InputException {
    var text = new StringBuilder(texts.getFirst());
    for (int i = 0; i < columns.size(); i++) {
      JsonNode value = row.columns().get(columns.get(i));
      boolean plain = value != null && (value.isNumber() || value.isBoolean());
      text.append(plain ? value.asString() : row.text(columns.get(i)));
      text.append(texts.get(i + 1));
    }
    return text.toString();
  }
}
