package io.compot.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results as JSON: records, maps, lists, texts and numbers. Whoever uses this library needs no JSON
 * library, and may have any version of one: ours stays inside.
 */
public final class ReportJson {

  private static final JsonMapper PLAIN = JsonMapper.builder().build();
  private static final JsonMapper INDENTED =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ReportJson() {}

  /** One value on lines of its own, with a line end after it. */
  public static String pretty(Object value) {
    return INDENTED.writeValueAsString(value) + "\n";
  }

  /** One value on one line, without a line end. */
  public static String line(Object value) {
    return PLAIN.writeValueAsString(value);
  }

  /** The fields of a record or map as texts, in their order; a list's or object's is its JSON. */
  public static Map<String, String> fields(Object value) {
    return texts(PLAIN.valueToTree(value));
  }

  /**
   * The fields of the object at a path of keys in a JSON text, as texts; empty of a text that is no
   * JSON, and no field where there is no such object.
   */
  public static Optional<Map<String, String>> fields(String text, String... path) {
    try {
      JsonNode node = PLAIN.readTree(text);
      for (String key : path) {
        node = node.path(key);
      }
      return Optional.of(texts(node));
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  static JsonNode tree(Object value) {
    return PLAIN.valueToTree(value);
  }

  private static Map<String, String> texts(JsonNode object) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode value = field.getValue();
      texts.put(field.getKey(), value.isContainer() ? value.toString() : value.asString());
    }
    return texts;
  }
}
