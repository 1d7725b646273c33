package io.compot.text.rows;

import io.compot.error.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One row of a data file.
 *
 * @param number from 1: the line of a JSON Lines file, the row of any other
 */
public record Row(Path file, long number, ObjectNode columns) {

  /** Whether the row has a value in this column. */
  public boolean has(String column) {
    return columns.hasNonNull(column);
  }

  /** A text. */
  public String text(String column) throws InputException {
    return asText(column, value(column));
  }

  /** A list of texts. */
  public List<String> texts(String column) throws InputException {
    JsonNode value = value(column);
    if (!value.isArray()) {
      throw refuse(column, "expected a list of texts, found " + kind(value));
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode each : value) {
      texts.add(asText(column, each));
    }
    return List.copyOf(texts);
  }

  /** An integer, also where it is written as a text or as a truth value. */
  public int integer(String column) throws InputException {
    JsonNode value = value(column);
    if (value.isBoolean()) {
      return value.booleanValue() ? 1 : 0;
    }
    if (value.isIntegralNumber() && value.canConvertToInt()) {
      return value.intValue();
    }
    if (value.isString()) {
      try {
        return Integer.parseInt(value.stringValue());
      } catch (NumberFormatException e) {
        throw refuse(column, "expected an integer, found " + kind(value));
      }
    }
    throw refuse(column, "expected an integer, found " + kind(value));
  }

  /** An index into a list of so many, from 0. */
  public int index(String column, int size) throws InputException {
    return withinRange(column, integer(column), size);
  }

  /** The index if it points into a list of so many. */
  public int withinRange(String column, int index, int size) throws InputException {
    if (index < 0 || index >= size) {
      throw refuse(column, "expected an index from 0 to %d, found %d".formatted(size - 1, index));
    }
    return index;
  }

  /** The columns inside a column. */
  public Row inside(String column) throws InputException {
    if (value(column) instanceof ObjectNode object) {
      return new Row(file, number, object);
    }
    throw refuse(column, "expected an object, found " + kind(value(column)));
  }

  /** A place in a list of texts, where there is one equal to this. */
  static OptionalInt indexOf(List<String> texts, String text) {
    int index = texts.indexOf(text);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /**
   * The place of the answer in a list of labels.
   *
   * @param labels column that holds the labels, for the message
   */
  public int position(String column, String answer, List<String> labels) throws InputException {
    return indexOf(labels, answer)
        .orElseThrow(
            () -> refuse(column, "\"" + shown(answer) + "\" is none of the labels " + labels));
  }

  /** "file: row 3: column goal: problem; advice" of this row. */
  public InputException refuse(String column, String problem) {
    return new InputException(
        "%s: row %d: column %s: %s; is it the right file for this task?"
            .formatted(file, number, column, problem));
  }

  private JsonNode value(String column) throws InputException {
    JsonNode value = columns.get(column);
    if (value == null || value.isNull()) {
      throw new InputException(
          "%s: row %d: there is no column %s (found %s); is it the right file for this task?"
              .formatted(file, number, column, shown(String.join(", ", names()))));
    }
    return value;
  }

  private List<String> names() {
    return columns.properties().stream().map(each -> each.getKey()).toList();
  }

  private String asText(String column, JsonNode value) throws InputException {
    if (!value.isString()) {
      throw refuse(column, "expected a text, found " + kind(value));
    }
    return value.stringValue();
  }

  private static String kind(JsonNode value) {
    return value.isContainer() ? "a " + (value.isArray() ? "list" : "object") : shown(value + "");
  }

  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() > 120 ? line.substring(0, 120) + "..." : line;
  }
}
