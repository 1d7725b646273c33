package io.compot.evaluation.vision;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.List;

/**
 * A task as lmms-eval's options for Qwen3-VL word and score it.
 *
 * @param data which files hold it
 * @param split which is measured
 * @param maxTokens of an answer
 * @param metrics of all of its rows, the first is the one that is told
 */
record VisionTask(
    String name,
    Wanted data,
    String split,
    int maxTokens,
    List<VisionMetric> metrics,
    Reader reader) {

  /** From rows to questions. */
  @FunctionalInterface
  interface Reader {
    List<VisionItem> read(List<Row> rows) throws InputException;
  }

  /** From a row to a question. */
  @FunctionalInterface
  interface OfRow {
    VisionItem read(Row row) throws InputException;
  }

  static Reader each(OfRow reader) {
    return rows -> {
      var items = new ArrayList<VisionItem>();
      for (Row row : rows) {
        items.add(reader.read(row));
      }
      return items;
    };
  }
}
