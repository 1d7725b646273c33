package io.compot.server.api;

import io.compot.AnswerFormat;
import io.compot.GenerationOptions;
import io.compot.chat.Conversation;
import io.compot.chat.JsonValues;
import io.compot.error.InputException;
import io.compot.error.Shown;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A request for an answer to a conversation.
 *
 * @param tools whether the model is told of tools that it may call
 * @param streamed whether the answer comes in pieces
 * @param usage whether a streamed answer tells its tokens at the end
 */
record ChatRequest(
    Conversation conversation,
    GenerationOptions options,
    boolean tools,
    boolean streamed,
    boolean usage) {

  private static final int MOST_TOP = 20;

  /**
   * Reads it.
   *
   * @param sees whether the model takes images
   * @throws ApiException naming the field that is not as it should be
   */
  static ChatRequest read(Fields fields, ServingLimits limits, boolean sees) throws ApiException {
    List<Map<String, @Nullable Object>> messages = messages(fields, sees);
    List<@Nullable Object> tools = tools(fields);
    GenerationOptions options =
        SamplingFields.read(fields, maxTokens(fields, limits), limits).withFormat(format(fields));
    OptionalInt top = fields.integer("top_logprobs", 0, MOST_TOP);
    boolean logprobs = fields.flag("logprobs").orElse(false);
    if (top.isPresent() && !logprobs) {
      throw ApiException.bad("top_logprobs", "top_logprobs: needs logprobs to be true");
    }
    boolean streamed = fields.flag("stream").orElse(false);
    return new ChatRequest(
        Conversation.of(messages).withTools(tools).withVariables(variables(fields)),
        logprobs ? options.withLogProbabilities(top.orElse(0)) : options,
        tools != null,
        streamed,
        usage(fields, streamed));
  }

  static boolean usage(Fields fields, boolean streamed) throws ApiException {
    boolean wanted =
        fields.has("stream_options")
            && fields.object("stream_options").orElseThrow().flag("include_usage").orElse(false);
    return streamed && wanted;
  }

  /** The newer field wins; -1 says as many as can be, as llama.cpp's page has it. */
  private static OptionalInt maxTokens(Fields fields, ServingLimits limits) throws ApiException {
    String field = fields.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    OptionalInt given = fields.integer(field, -1, Integer.MAX_VALUE);
    if (given.isPresent() && given.getAsInt() == 0) {
      throw fields.wrong(field, "at least 1");
    }
    return given.orElse(-1) == -1 ? OptionalInt.empty() : limited(field, given, limits);
  }

  static OptionalInt limited(String field, OptionalInt given, ServingLimits limits)
      throws ApiException {
    if (given.orElse(0) > limits.maxTokens()) {
      throw ApiException.bad(
          field,
          "%s: this server gives at most %d tokens an answer".formatted(field, limits.maxTokens()));
    }
    return given;
  }

  private static AnswerFormat format(Fields fields) throws ApiException {
    if (!fields.has("response_format")) {
      return new AnswerFormat.Text();
    }
    Fields format = fields.object("response_format").orElseThrow();
    String type = format.text("type").orElse("text");
    return switch (type) {
      case "text" -> new AnswerFormat.Text();
      case "json_object" -> new AnswerFormat.Json();
      case "json_schema" -> {
        Fields named =
            format.object("json_schema").orElseThrow(() -> missing(format, "json_schema"));
        Fields schema = named.object("schema").orElseThrow(() -> missing(named, "schema"));
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        schema.plain().forEach((key, value) -> plain.put(String.valueOf(key), value));
        yield new AnswerFormat.Schema(plain, named.flag("strict").orElse(false));
      }
      default ->
          throw ApiException.bad(
              "response_format",
              "response_format: %s is none of text, json_object and json_schema"
                  .formatted(Shown.of(type)));
    };
  }

  private static ApiException missing(Fields where, String field) {
    return where.wrong(field, "an object");
  }

  private static @Nullable List<@Nullable Object> tools(Fields fields) throws ApiException {
    List<?> given = fields.has("tools") ? fields.list("tools").orElseThrow() : List.of();
    Object choice = fields.value("tool_choice");
    boolean none = "none".equals(choice);
    if (choice != null && !none && !"auto".equals(choice)) {
      throw ApiException.bad(
          "tool_choice",
          "tool_choice: only none and auto are offered, since nothing here would make the model call"
              + " one");
    }
    List<@Nullable Object> tools = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      Fields tool = Fields.element("tools", i, given.get(i));
      if (!tool.text("type").orElse("function").equals("function")
          || tool.object("function").isEmpty()
          || tool.object("function").orElseThrow().text("name").isEmpty()) {
        throw ApiException.bad("tools", "tools[%d]: has to be a function with a name".formatted(i));
      }
      tools.add(given.get(i));
    }
    return tools.isEmpty() || none ? null : tools;
  }

  private static Map<String, @Nullable Object> variables(Fields fields) throws ApiException {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    if (fields.has("chat_template_kwargs")) {
      fields
          .object("chat_template_kwargs")
          .orElseThrow()
          .plain()
          .forEach((name, value) -> variables.put(String.valueOf(name), value));
    }
    for (String name : List.of("continue_final_message", "add_generation_prompt")) {
      if (fields.has(name)) {
        variables.put(name, fields.flag(name).orElseThrow());
      }
    }
    if (fields.has("reasoning_effort")) {
      variables.putIfAbsent("reasoning_effort", fields.text("reasoning_effort").orElseThrow());
    }
    return variables;
  }

  private static List<Map<String, @Nullable Object>> messages(Fields fields, boolean sees)
      throws ApiException {
    List<?> given = fields.has("messages") ? fields.list("messages").orElseThrow() : List.of();
    if (given.isEmpty()) {
      throw ApiException.bad("messages", "messages: has to be a list of at least one message");
    }
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      messages.add(message(Fields.element("messages", i, given.get(i)), sees));
    }
    return messages;
  }

  private static Map<String, @Nullable Object> message(Fields fields, boolean sees)
      throws ApiException {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    String role = fields.text("role").orElseThrow(() -> fields.wrong("role", "a text"));
    message.put("role", role.equals("developer") ? "system" : role);
    message.put("content", MessageContent.read(fields, sees));
    for (var field : fields.plain().entrySet()) {
      String name = String.valueOf(field.getKey());
      if (!message.containsKey(name) && field.getValue() != null) {
        message.put(name, name.equals("tool_calls") ? calls(fields) : field.getValue());
      }
    }
    return message;
  }

  /** Clients send arguments as a JSON text, templates expect the object. */
  private static List<@Nullable Object> calls(Fields fields) throws ApiException {
    List<@Nullable Object> calls = new ArrayList<>();
    List<?> given = fields.list("tool_calls").orElseThrow();
    for (int i = 0; i < given.size(); i++) {
      Fields call = Fields.element(fields.name("tool_calls"), i, given.get(i));
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      call.plain().forEach((name, value) -> copy.put(String.valueOf(name), value));
      Fields function =
          call.object("function").orElseThrow(() -> call.wrong("function", "an object"));
      Map<String, @Nullable Object> own = new LinkedHashMap<>();
      function.plain().forEach((name, value) -> own.put(String.valueOf(name), value));
      if (function.value("arguments") instanceof String text) {
        try {
          own.put("arguments", text.isBlank() ? Map.of() : JsonValues.parse(text));
        } catch (InputException e) {
          throw ApiException.bad(
              function.name("arguments"),
              "%s: has to be a JSON text".formatted(function.name("arguments")));
        }
      }
      copy.put("function", own);
      calls.add(copy);
    }
    return calls;
  }
}
