package io.compot.chat;

import io.compot.error.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A conversation from a JSON file: a list of messages, or an object with {@code messages} and,
 * where there are such, {@code tools}, {@code documents} and {@code kwargs} (further variables).
 */
public final class ConversationFile {

  private static final long LARGEST = 256L << 20;
  private static final Set<String> FIELDS = Set.of("messages", "tools", "documents", "kwargs");
  private static final String FORM =
      "give a list of messages, or an object with messages and, if need be, tools, documents and"
          + " kwargs";

  private ConversationFile() {}

  /**
   * Reads it.
   *
   * @throws InputException naming the file and the field that is not as it should be
   */
  public static Conversation read(Path file) throws InputException {
    JsonNode tree = tree(file);
    if (tree.isArray()) {
      return Conversation.of(messages(file, "messages", tree));
    }
    if (!tree.isObject()) {
      throw InputException.in(file, "this is neither a list nor an object", FORM);
    }
    for (String field : tree.propertyNames()) {
      if (!FIELDS.contains(field)) {
        throw InputException.in(file, field, "there is no such field", FORM);
      }
    }
    JsonNode messages = tree.get("messages");
    if (messages == null || !messages.isArray()) {
      throw InputException.in(file, "messages", "missing or not a list", FORM);
    }
    JsonNode kwargs = tree.path("kwargs");
    if (!kwargs.isMissingNode() && !kwargs.isNull() && !kwargs.isObject()) {
      throw InputException.in(file, "kwargs", "not an object", FORM);
    }
    return new Conversation(
        messages(file, "messages", messages),
        optional(file, tree, "tools"),
        optional(file, tree, "documents"),
        kwargs.isObject() ? JsonValues.map(kwargs) : Map.of());
  }

  private static @Nullable List<@Nullable Object> optional(Path file, JsonNode tree, String field)
      throws InputException {
    JsonNode list = tree.path(field);
    if (list.isMissingNode() || list.isNull()) {
      return null;
    }
    if (!list.isArray()) {
      throw InputException.in(file, field, "not a list", FORM);
    }
    return JsonValues.list(list);
  }

  private static List<Map<String, @Nullable Object>> messages(
      Path file, String field, JsonNode array) throws InputException {
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    for (JsonNode message : array.values()) {
      if (!message.isObject() || !message.path("role").isString()) {
        throw InputException.in(
            file,
            "%s[%d]".formatted(field, messages.size()),
            "a message is an object with a role, which is a text",
            "write {\"role\": \"user\", \"content\": \"...\"}");
      }
      messages.add(JsonValues.map(message));
    }
    if (messages.isEmpty()) {
      throw InputException.in(file, field, "there is no message", "give at least one");
    }
    return messages;
  }

  private static JsonNode tree(Path file) throws InputException {
    try {
      if (!Files.isRegularFile(file)) {
        throw InputException.in(file, "there is no such file", "check the path");
      }
      if (Files.size(file) > LARGEST) {
        throw InputException.in(
            file, "the file has more than %,d bytes".formatted(LARGEST), "shorten it");
      }
      try (Reader reader =
          new BufferedReader(
              new InputStreamReader(
                  Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()))) {
        return JsonValues.MAPPER.readTree(reader);
      }
    } catch (JacksonException e) {
      String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      var place = e.getLocation();
      throw InputException.in(
          file,
          "not valid JSON (%s%s)"
              .formatted(
                  reason,
                  place == null || place.getLineNr() < 1 ? "" : ", line " + place.getLineNr()),
          FORM);
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": this is no UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }
}
