package io.compot.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a chat template makes a prompt of. Values are what {@link
 * io.compot.chat.jinja.JinjaTemplate} takes: plain Java, null for JSON's null.
 *
 * @param messages each with a {@code role} and, usually, a {@code content}
 * @param tools descriptions of functions; null where there are none
 * @param documents for retrieval; null where there are none
 * @param variables further ones of the template; {@code add_generation_prompt} is true and {@code
 *     continue_final_message} false where they do not say otherwise
 */
public record Conversation(
    List<Map<String, @Nullable Object>> messages,
    @Nullable List<@Nullable Object> tools,
    @Nullable List<@Nullable Object> documents,
    Map<String, @Nullable Object> variables) {

  private static final String CONTINUE = "continue_final_message";
  private static final String GENERATION = "add_generation_prompt";

  public Conversation {
    messages = List.copyOf(messages);
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /** Messages alone. */
  public static Conversation of(List<Map<String, @Nullable Object>> messages) {
    return new Conversation(messages, null, null, Map.of());
  }

  /** One message. */
  public static Map<String, @Nullable Object> message(String role, String content) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /** The same with one message more. */
  public Conversation with(Map<String, @Nullable Object> message) {
    var longer = new ArrayList<>(messages);
    longer.add(message);
    return new Conversation(longer, tools, documents, variables);
  }

  /** The same with other tools. */
  public Conversation withTools(@Nullable List<@Nullable Object> others) {
    return new Conversation(messages, others, documents, variables);
  }

  /** The same with other variables. */
  public Conversation withVariables(Map<String, @Nullable Object> others) {
    return new Conversation(messages, tools, documents, others);
  }

  /** Whether the prompt ends inside the last message, for the model to go on with it. */
  boolean continuesFinal() {
    return Boolean.TRUE.equals(variables.get(CONTINUE));
  }

  /** Whether the prompt ends where an answer begins. */
  boolean asksForAnswer() {
    Object said = variables.get(GENERATION);
    return said == null ? !continuesFinal() : Boolean.TRUE.equals(said);
  }

  /** The variables that are the template's own. */
  Map<String, @Nullable Object> ownVariables() {
    Map<String, @Nullable Object> own = new LinkedHashMap<>(variables);
    own.remove(CONTINUE);
    own.remove(GENERATION);
    return own;
  }
}
