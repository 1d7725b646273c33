package io.compot.server;

import io.compot.chat.JsonValues;
import io.compot.error.InputException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Values in JSON texts by their paths. */
final class Json {

  private Json() {}

  /** What stands at a path such as {@code choices.0.message.content}; "null" for null. */
  static Object at(String text, String path) throws InputException {
    Object value = JsonValues.parse(text);
    for (String step : path.split("\\.", -1)) {
      value =
          switch (value) {
            case Map<?, ?> map -> map.get(step);
            case List<?> list -> list.get(Integer.parseInt(step));
            case null, default -> throw new AssertionError(path + " is not in " + text);
          };
    }
    return Objects.requireNonNullElse(value, "null");
  }

  static double number(String text, String path) throws InputException {
    return ((Number) at(text, path)).doubleValue();
  }

  /** The events of a stream, without the last one, which has to be [DONE]. */
  static List<String> events(String stream) {
    List<String> data = stream.lines().filter(line -> !line.isEmpty()).map(Json::data).toList();
    if (!data.getLast().equals("[DONE]")) {
      throw new AssertionError("the stream ends with " + data.getLast());
    }
    return data.subList(0, data.size() - 1);
  }

  private static String data(String line) {
    if (!line.startsWith("data: ")) {
      throw new AssertionError("no event: " + line);
    }
    return line.substring("data: ".length());
  }
}
