package io.compot.report;

import static io.compot.report.Table.column;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** JSON objects as tables of names and values. */
final class FactTables {

  private FactTables() {}

  /** A row a field; an object's fields are named with a dot, a list's entries joined. */
  static Table pairs(String what, JsonNode object) {
    var table = Table.of(column(what, Unit.TEXT), column("value", Unit.TEXT));
    add(table, "", object);
    return table;
  }

  private static void add(Table table, String prefix, JsonNode object) {
    object
        .properties()
        .forEach(field -> {
          String name = prefix + field.getKey();
          if (field.getValue().isObject()) {
            add(table, name + ".", field.getValue());
          } else {
            table.row(name, value(field.getValue()));
          }
        });
  }

  /** A row an entry. */
  static Table list(String what, JsonNode array) {
    var table = Table.of(column(what, Unit.TEXT));
    array.forEach(entry -> table.row(value(entry)));
    return table;
  }

  private static String value(JsonNode value) {
    if (value.isArray()) {
      return value.valueStream().map(FactTables::value).collect(Collectors.joining(", "));
    }
    return value.isValueNode() ? value.asString("") : value.toString();
  }

  /** A finite number, or null. */
  static @Nullable Double number(JsonNode value) {
    return value.isNumber() && Double.isFinite(value.doubleValue()) ? value.doubleValue() : null;
  }

  static String text(JsonNode value, String otherwise) {
    return value.isString() && !value.stringValue().isBlank() ? value.stringValue() : otherwise;
  }
}
