package io.compot.cli;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Results as a machine reads them. */
final class Json {

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /** One JSON value with a line end after it. */
  static String text(Object value) {
    return MAPPER.writeValueAsString(value) + "\n";
  }

  /** The same value as a page takes it. */
  static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  static void print(Screen screen, Object value) {
    screen.out().print(text(value));
    screen.out().flush();
  }
}
