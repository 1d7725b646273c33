package io.compot.chat;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The chat templates of a model's folder: {@code chat_template.jinja} and those in {@code
 * additional_chat_templates/}; without them the one, or the named ones, in {@code
 * tokenizer_config.json}.
 */
public final class ChatTemplates {

  private static final String DEFAULT = "default";
  private static final String TOOLS = "tool_use";
  private static final long LARGEST = 4L << 20;
  private static final List<String> SPECIAL =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final Map<String, ChatTemplate> byName;
  private final Path folder;

  private ChatTemplates(Map<String, ChatTemplate> byName, Path folder) {
    this.byName = byName;
    this.folder = folder;
  }

  /**
   * Those of a folder.
   *
   * @return empty where the model has none
   * @throws InputException where a template cannot be read
   */
  public static Optional<ChatTemplates> read(Path folder) throws InputException {
    Path file = folder.resolve("tokenizer_config.json");
    @Nullable ConfigFile config = Files.exists(file) ? ConfigFile.read(file) : null;
    Map<String, String> special = special(folder, config);
    Map<String, ChatTemplate> found = new LinkedHashMap<>();
    Path main = folder.resolve("chat_template.jinja");
    if (Files.exists(main)) {
      found.put(DEFAULT, ChatTemplate.of(main.toString(), text(main), special));
    }
    for (Path more : additional(folder)) {
      String name = more.getFileName().toString();
      found.put(
          name.substring(0, name.length() - ".jinja".length()),
          ChatTemplate.of(more.toString(), text(more), special));
    }
    if (found.isEmpty() && config != null) {
      fromConfig(config, special, found);
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(new ChatTemplates(found, folder));
  }

  /**
   * The template for a conversation: the one for tools where there are some and there is one.
   *
   * @throws InputException where there is neither that nor a default
   */
  public ChatTemplate of(Conversation conversation) throws InputException {
    ChatTemplate forTools = conversation.tools() == null ? null : byName.get(TOOLS);
    ChatTemplate chosen = forTools != null ? forTools : byName.get(DEFAULT);
    if (chosen == null) {
      throw InputException.in(
          folder,
          "there are chat templates %s, but none called default".formatted(byName.keySet()),
          "name one of them default");
    }
    return chosen;
  }

  private static void fromConfig(
      ConfigFile config, Map<String, String> special, Map<String, ChatTemplate> into)
      throws InputException {
    JsonNode node = config.tree().path("chat_template");
    String origin = config.file() + ": chat_template";
    if (node.isString()) {
      into.put(DEFAULT, ChatTemplate.of(origin, node.stringValue(), special));
      return;
    }
    if (!node.isArray() && !node.isNull() && !node.isMissingNode()) {
      throw InputException.in(
          config.file(), "chat_template", "neither a text nor a list", "restore the original file");
    }
    for (JsonNode named : node.values()) {
      if (!named.path("name").isString() || !named.path("template").isString()) {
        throw InputException.in(
            config.file(),
            "chat_template",
            "an entry of the list is no object with name and template",
            "restore the original file");
      }
      String name = named.path("name").stringValue();
      into.put(
          name,
          ChatTemplate.of(
              origin + " '" + name + "'", named.path("template").stringValue(), special));
    }
  }

  private static Map<String, String> special(Path folder, @Nullable ConfigFile config)
      throws InputException {
    Map<String, String> special = new LinkedHashMap<>();
    Path older = folder.resolve("special_tokens_map.json");
    if (Files.exists(older)) {
      collect(ConfigFile.read(older), special);
    }
    if (config != null) {
      collect(config, special);
    }
    return special;
  }

  private static void collect(ConfigFile config, Map<String, String> into) {
    JsonNode tree = config.tree();
    for (String name : SPECIAL) {
      JsonNode token = tree.path(name);
      if (token.isObject()) {
        token = token.path("content");
      }
      if (token.isString()) {
        into.put(name, token.stringValue());
      } else if (tree.has(name)) {
        into.remove(name);
      }
    }
  }

  private static List<Path> additional(Path folder) throws InputException {
    Path more = folder.resolve("additional_chat_templates");
    if (!Files.isDirectory(more)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(more)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".jinja"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw InputException.unreadable(more, e);
    }
  }

  private static String text(Path file) throws InputException {
    try {
      if (Files.size(file) > LARGEST) {
        throw InputException.in(
            file, "the template has more than %,d bytes".formatted(LARGEST), "is it a template?");
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": this is no UTF-8 text; restore the original file", e);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }
}
