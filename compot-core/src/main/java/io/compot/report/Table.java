package io.compot.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers as they are; the browser writes them in the unit of their column.
 *
 * @param rows a value a column: text, a number, or null for nothing
 */
record Table(List<Column> columns, List<List<@Nullable Object>> rows) {

  /** A heading and the unit of what stands below. */
  record Column(String name, Unit unit) {}

  /** A table that is filled row by row. */
  static Table of(Column... columns) {
    return new Table(List.of(columns), new ArrayList<>());
  }

  static Column column(String name, Unit unit) {
    return new Column(name, unit);
  }

  Table row(@Nullable Object... values) {
    rows.add(Collections.unmodifiableList(new ArrayList<>(Arrays.asList(values))));
    return this;
  }
}
