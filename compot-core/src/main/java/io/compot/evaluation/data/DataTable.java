package io.compot.evaluation.data;

import io.compot.text.rows.Row;
import java.util.List;
import java.util.Map;

/**
 * Rows and where they are from.
 *
 * @param digests SHA-256 of each file, by its path inside the data folder
 */
public record DataTable(List<Row> rows, Map<String, String> digests) {

  public DataTable {
    rows = List.copyOf(rows);
    digests = Map.copyOf(digests);
  }
}
