package io.compot.text;

import io.compot.error.InputException;
import io.compot.error.Shown;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The text of one row of data.
 *
 * @param field that holds it
 * @param chats makes a text of a row that holds a chat in its place
 */
record RowText(Path file, String field, TextFile.Chats chats) {

  /** What chats are called in the data sets that hold them. */
  private static final List<String> CHATS = List.of("messages", "conversations", "conversation");

  /** Whether a row is one of these: it has the field, or a chat. */
  boolean fits(JsonNode row) {
    return row.isString()
        || row.path(field).isString()
        || CHATS.stream().anyMatch(chat -> row.path(chat).isArray());
  }

  /**
   * The text.
   *
   * @param where the row stands, e.g. "line 3"
   * @throws InputException where the row is no object, or has no such text
   */
  String of(String where, JsonNode row) throws InputException {
    if (!row.isObject()) {
      throw InputException.in(
          file,
          where,
          "this is no JSON object",
          "every line must be one, or every row of an array");
    }
    JsonNode value = row.get(field);
    if (value != null && value.isString()) {
      return value.stringValue();
    }
    for (String chat : CHATS) {
      if (row.path(chat).isArray()) {
        return chats.text(file, where + ": " + chat, row.path(chat));
      }
    }
    throw InputException.in(
        file,
        where,
        "there is no string field '%s' among %s"
            .formatted(field, Shown.of(row.propertyNames().toString())),
        "name the field that holds the text");
  }
}
