package io.compot.chat;

import io.compot.chat.jinja.JinjaException;
import io.compot.chat.jinja.JinjaTemplate;
import io.compot.chat.jinja.Limits;
import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's chat template: the text that a conversation becomes, as {@code apply_chat_template} of
 * transformers makes it. Before rendering, fields of a message that are null are dropped, and
 * reasoning is found under each of its names. The texts of the conversation are data and never run.
 */
public final class ChatTemplate {

  private static final String TAG = "CONTINUE_FINAL_MESSAGE_TAG ";
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private final String origin;
  private final String source;
  private final JinjaTemplate template;
  private final Map<String, String> specialTokens;

  private ChatTemplate(
      String origin, String source, JinjaTemplate template, Map<String, String> specialTokens) {
    this.origin = origin;
    this.source = source;
    this.template = template;
    this.specialTokens = Map.copyOf(specialTokens);
  }

  /**
   * Reads a template.
   *
   * @param origin where it comes from, for messages
   * @param specialTokens what {@code bos_token}, {@code eos_token} and so on are in it
   * @throws InputException where it is no template, with the line
   */
  public static ChatTemplate of(String origin, String source, Map<String, String> specialTokens)
      throws InputException {
    try {
      return new ChatTemplate(origin, source, JinjaTemplate.parse(source), specialTokens);
    } catch (JinjaException e) {
      throw new InputException(
          "%s: line %d: the chat template cannot be read: %s; restore the original template"
              .formatted(origin, e.line(), e.getMessage()),
          e);
    }
  }

  /** Where it comes from. */
  public String origin() {
    return origin;
  }

  /** Its text. */
  public String source() {
    return source;
  }

  /**
   * The prompt of a conversation.
   *
   * @param clock what templates that write the date read
   * @throws InputException where the template refuses the conversation, fails or takes too much
   */
  public String render(Conversation conversation, Clock clock) throws InputException {
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    for (Map<String, @Nullable Object> message : conversation.messages()) {
      messages.add(prepared(message));
    }
    String last = conversation.continuesFinal() ? tagLast(messages) : "";
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens);
    variables.putAll(conversation.ownVariables());
    variables.put("messages", messages);
    variables.put("tools", conversation.tools());
    variables.put("documents", conversation.documents());
    variables.put("add_generation_prompt", conversation.asksForAnswer());
    String text;
    try {
      text = template.render(variables, clock, Limits.defaults());
    } catch (JinjaException e) {
      throw refused(e);
    }
    return conversation.continuesFinal() ? cutAtTag(text, last) : text;
  }

  private InputException refused(JinjaException e) {
    String where = e.line() > 0 ? "line " + e.line() + ": " : "";
    return new InputException(
        e.kind() == JinjaException.Kind.REFUSED
            ? "%s: the chat template refuses the conversation: %s".formatted(origin, e.getMessage())
            : ("%s: %sthe chat template fails on the conversation: %s; check the roles, contents"
                    + " and tools of its messages")
                .formatted(origin, where, e.getMessage()),
        e);
  }

  private static Map<String, @Nullable Object> prepared(Map<String, @Nullable Object> message) {
    Map<String, @Nullable Object> kept = new LinkedHashMap<>();
    Object reasoning = null;
    for (String name : REASONING) {
      reasoning = reasoning == null ? message.get(name) : reasoning;
    }
    if (reasoning != null) {
      kept.put("thinking", reasoning);
    }
    message.forEach((name, value) -> {
      if (value != null) {
        kept.put(name, value);
      }
    });
    if (reasoning != null) {
      kept.put("reasoning_content", reasoning);
    }
    return kept;
  }

  /** Puts the tag behind the text that shall be continued, and gives that text. */
  private static String tagLast(List<Map<String, @Nullable Object>> messages)
      throws InputException {
    Map<String, @Nullable Object> message = messages.isEmpty() ? Map.of() : messages.getLast();
    Object content = message.get("content");
    if (content instanceof String text) {
      message.put("content", text + TAG);
      return text;
    }
    if (content instanceof List<?> parts) {
      var copies = new ArrayList<@Nullable Object>(parts);
      for (int i = copies.size() - 1; i >= 0; i--) {
        if (copies.get(i) instanceof Map<?, ?> part && part.get("text") instanceof String text) {
          Map<Object, @Nullable Object> tagged = new LinkedHashMap<>(part);
          tagged.put("text", text + TAG);
          copies.set(i, tagged);
          message.put("content", copies);
          return text;
        }
      }
    }
    throw new InputException(
        "continue_final_message: the last message has no text to go on with; end with a message"
            + " that has one");
  }

  private String cutAtTag(String text, String last) throws InputException {
    int at = text.lastIndexOf(TAG.strip());
    if (at < 0 || !text.contains(PythonSpace.strip(last))) {
      throw new InputException(
          "%s: the chat template changes the last message, which so cannot be continued; do without"
                  .formatted(origin)
              + " continue_final_message");
    }
    String begin = text.substring(0, at);
    // Without the tag's blank the template has trimmed the message.
    return text.startsWith(TAG, at) ? begin : PythonSpace.stripTrailing(begin);
  }
}
