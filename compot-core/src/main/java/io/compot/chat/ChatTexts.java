package io.compot.chat;

import io.compot.error.InputException;
import io.compot.text.TextFile;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Chats of data sets as a model's own template writes them, whole and without a prompt for an
 * answer: messages of {@code role} and {@code content}, or, as ShareGPT has them, of {@code from}
 * and {@code value}. A template that asks for the date gets the first of 1970, so that the same
 * file is always the same text.
 */
public final class ChatTexts implements TextFile.Chats {

  private static final Clock SAME = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private static final Map<String, String> ROLES =
      Map.of("human", "user", "gpt", "assistant", "system", "system", "tool", "tool");

  private final Path folder;
  private @Nullable ChatTemplates templates;

  /**
   * By the template of a model's folder, which is read when the first chat comes.
   *
   * @param folder of the model
   */
  public ChatTexts(Path folder) {
    this.folder = folder;
  }

  @Override
  public String text(Path file, String where, JsonNode messages) throws InputException {
    Conversation chat =
        Conversation.of(messages(file, where, messages))
            .withVariables(Map.of("add_generation_prompt", false));
    return templates(file, where).of(chat).render(chat, SAME);
  }

  private ChatTemplates templates(Path file, String where) throws InputException {
    ChatTemplates found = templates;
    if (found == null) {
      found =
          ChatTemplates.read(folder)
              .orElseThrow(() ->
                  InputException.in(
                      file,
                      where,
                      "it holds a chat, and the model has no chat template",
                      "give texts, or put a chat template beside the model"));
      templates = found;
    }
    return found;
  }

  private static List<Map<String, @Nullable Object>> messages(
      Path file, String where, JsonNode array) throws InputException {
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    for (JsonNode each : array) {
      if (!each.isObject()) {
        throw refuse(file, where, "a message is no object");
      }
      if (each.path("role").isString()) {
        messages.add(JsonValues.map(each));
        continue;
      }
      String role = ROLES.get(each.path("from").asString(""));
      if (role == null || !each.path("value").isString()) {
        throw refuse(file, where, "a message has neither role and content nor from and value");
      }
      messages.add(Conversation.message(role, each.path("value").stringValue()));
    }
    if (messages.isEmpty()) {
      throw refuse(file, where, "the chat has no messages");
    }
    return messages;
  }

  private static InputException refuse(Path file, String where, String problem) {
    return InputException.in(file, where, problem, "restore the file, or take the row out");
  }
}
