package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;

/**
 * The column layout of MosaicML's evaluation gauntlet, which holds parts of a prompt ({@code
 * query}, {@code choices}, {@code gold}) instead of the data set's own columns.
 */
final class Gauntlet {

  private Gauntlet() {}

  /** Whether a row has the columns of a multiple-choice question there. */
  static boolean isChoice(Row row) {
    return row.has("query") && row.has("choices") && row.has("gold");
  }

  /** Whether a row has the columns of a sentence with several beginnings there. */
  static boolean isBeginnings(Row row) {
    return row.has("context_options") && row.has("continuation") && row.has("gold");
  }

  /** What the query says after the words it begins with. */
  static String after(Row row, String beginning) throws InputException {
    String query = row.text("query");
    if (!query.startsWith(beginning)) {
      throw row.refuse("query", "expected it to begin with \"" + beginning.strip() + "\"");
    }
    return query.substring(beginning.length());
  }
}
