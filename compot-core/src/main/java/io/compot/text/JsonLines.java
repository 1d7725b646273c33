package io.compot.text;

import io.compot.error.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** One JSON object a line, one of whose fields is a text. */
final class JsonLines {

  private static final ObjectMapper JSON = new JsonMapper();

  private JsonLines() {}

  /** The texts of all lines; blank lines are skipped. */
  static List<String> texts(Path file, String content, String field) throws InputException {
    var texts = new ArrayList<String>();
    List<String> lines = content.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        texts.add(text(file, i + 1, lines.get(i), field));
      }
    }
    return texts;
  }

  private static String text(Path file, int number, String line, String field)
      throws InputException {
    JsonNode object;
    try {
      object = JSON.readTree(line);
    } catch (JacksonException e) {
      throw new InputException(
          "%s: line %d is not valid JSON (%s); every line must be one JSON object"
              .formatted(file, number, e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    }
    if (!object.isObject()) {
      throw InputException.in(
          file, "line " + number, "this is no JSON object", "every line must be one");
    }
    JsonNode value = object.get(field);
    if (value == null || !value.isString()) {
      throw InputException.in(
          file,
          "line " + number,
          "there is no string field '%s' among %s".formatted(field, object.propertyNames()),
          "name the field that holds the text");
    }
    return value.stringValue();
  }
}
