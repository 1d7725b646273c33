package io.compot.server.api;

import io.compot.chat.JsonValues;
import io.compot.error.InputException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model writes to call tools. Hermes, Qwen and others write an object with {@code name} and
 * {@code arguments} between {@code <tool_call>} tags; Llama (with {@code parameters}), Mistral and
 * others one such object, or a list of them, and nothing else.
 *
 * @param content what is no call
 */
record ToolCalls(String content, List<Call> calls) {

  /** Where calls between tags begin. */
  static final String TAG = "<tool_call>";

  private static final Pattern TAGGED =
      Pattern.compile("<tool_call>(.*?)(?:</tool_call>|$)", Pattern.DOTALL);
  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** What Mistral's templates insist on. */
  private static final int ID_LENGTH = 9;

  /**
   * One call.
   *
   * @param arguments a JSON text
   */
  record Call(String id, String name, String arguments) {

    Map<String, Object> json() {
      Map<String, Object> function = new LinkedHashMap<>();
      function.put("name", name);
      function.put("arguments", arguments);
      Map<String, Object> call = new LinkedHashMap<>();
      call.put("id", id);
      call.put("type", "function");
      call.put("function", function);
      return call;
    }
  }

  /** Finds the calls of an answer; what is no whole call stays text. */
  static ToolCalls of(String text) {
    List<Call> calls = new ArrayList<>();
    Matcher tagged = TAGGED.matcher(text);
    while (tagged.find()) {
      addTo(calls, tagged.group(1));
    }
    if (!calls.isEmpty()) {
      return new ToolCalls(text.substring(0, text.indexOf(TAG)).stripTrailing(), calls);
    }
    if (mayBeBare(text)) {
      addTo(calls, text.strip());
    }
    return calls.isEmpty() ? new ToolCalls(text, calls) : new ToolCalls("", calls);
  }

  /** Whether a text could be an object or a list and nothing else. */
  static boolean mayBeBare(String text) {
    String begin = text.stripLeading();
    return begin.isEmpty() || begin.startsWith("{") || begin.startsWith("[");
  }

  private static void addTo(List<Call> calls, @Nullable String json) {
    try {
      Object value = json == null ? null : JsonValues.parse(json);
      List<Call> found = new ArrayList<>();
      for (Object each : value instanceof List<?> list ? list : List.of(orNothing(value))) {
        if (!(each instanceof Map<?, ?> call) || !(call.get("name") instanceof String name)) {
          return;
        }
        Object arguments =
            call.get("arguments") != null ? call.get("arguments") : call.get("parameters");
        found.add(
            switch (arguments) {
              case String text -> new Call(id(), name, text);
              case Map<?, ?> map -> new Call(id(), name, JsonValues.write(map));
              case null, default -> new Call(id(), name, "{}");
            });
      }
      calls.addAll(found);
    } catch (InputException e) {
      // no call, then
    }
  }

  private static Object orNothing(@Nullable Object value) {
    return value == null ? "" : value;
  }

  private static String id() {
    var id = new StringBuilder();
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return id.toString();
  }
}
