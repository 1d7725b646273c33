package io.compot.text;

import io.compot.error.InputException;
import io.compot.error.JsonProblem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Texts of JSON: lines of one object each, an array of objects or texts, or one object alone. Which
 * of them a file holds its content says, not its name: C4's lines are called .json.
 */
final class JsonTexts {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // as Python writes them
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final RowText row;

  JsonTexts(Path file, String field, TextFile.Chats chats) {
    this.file = file;
    this.row = new RowText(file, field, chats);
  }

  /**
   * Whether a text that no name calls JSON is such rows all the same: its first object has the
   * field, or holds a chat.
   */
  boolean recognises(String content) {
    String start = content.stripLeading();
    try {
      if (start.startsWith("[")) {
        JsonNode array = JSON.readTree(content);
        return array.isArray() && !array.isEmpty() && row.fits(array.get(0));
      }
      return start.startsWith("{")
          && row.fits(JSON.readTree(start.lines().findFirst().orElseThrow()));
    } catch (JacksonException e) {
      return false;
    }
  }

  /** The texts of all rows; blank lines are skipped. */
  List<String> read(String content) throws InputException {
    String start = content.stripLeading();
    if (start.startsWith("[")) {
      return array(content);
    }
    List<String> lines = content.lines().toList();
    boolean alone = start.startsWith("{") && !isJson(start.lines().findFirst().orElseThrow());
    if (alone && isJson(content)) {
      return List.of(row.of("the object", JSON.readTree(content)));
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        String where = "line " + (i + 1);
        texts.add(row.of(where, parse(where, lines.get(i))));
      }
    }
    return texts;
  }

  private List<String> array(String content) throws InputException {
    JsonNode array;
    try {
      array = JSON.readTree(content);
    } catch (JacksonException e) {
      throw new InputException(
          "%s: not a valid JSON array (%s); restore the file".formatted(file, JsonProblem.of(e)),
          e);
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < array.size(); i++) {
      JsonNode each = array.get(i);
      texts.add(each.isString() ? each.stringValue() : row.of("row " + (i + 1), each));
    }
    return texts;
  }

  private JsonNode parse(String where, String line) throws InputException {
    try {
      return JSON.readTree(line);
    } catch (JacksonException e) {
      throw new InputException(
          "%s: %s is not valid JSON (%s); every line must be one JSON object, or the file a plain text that is not called JSON"
              .formatted(file, where, JsonProblem.withoutPlace(e)),
          e);
    }
  }

  private static boolean isJson(String text) {
    try {
      JSON.readTree(text);
      return true;
    } catch (JacksonException e) {
      return false;
    }
  }
}
