package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.List;

/** From the rows of a data set to documents. */
@FunctionalInterface
public interface DocumentReader {

  /** The documents, in the order of the rows. */
  List<Example> read(List<Row> rows) throws InputException;

  /** One row's document. */
  @FunctionalInterface
  interface OfRow {

    /** The document. */
    Document read(Row row) throws InputException;
  }

  /** A reader that makes a document of each row. */
  static DocumentReader each(OfRow reader) {
    return rows -> {
      List<Example> examples = new ArrayList<>();
      for (Row row : rows) {
        examples.add(new Example(row.columns(), reader.read(row)));
      }
      return examples;
    };
  }
}
