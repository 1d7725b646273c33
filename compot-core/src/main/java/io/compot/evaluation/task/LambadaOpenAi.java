package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;

/** LAMBADA (Paperno et al. 2016, arXiv 1606.06031) in OpenAI's form: the last word of a passage. */
final class LambadaOpenAi {

  private LambadaOpenAi() {}

  static Document document(Row row) throws InputException {
    if (row.has("context") && row.has("continuation")) {
      return split(row.text("context") + " " + row.text("continuation"));
    }
    return split(row.text("text"));
  }

  private static Document split(String text) {
    int lastSpace = text.lastIndexOf(' ');
    String context = lastSpace < 0 ? "" : text.substring(0, lastSpace);
    return new Document.Continuation(context, " " + text.substring(lastSpace + 1));
  }
}
