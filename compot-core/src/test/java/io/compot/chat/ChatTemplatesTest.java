package io.compot.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // JSON of test material, where anything may be null
class ChatTemplatesTest {

  @TempDir Path folder;

  @Test
  void findsNone() throws Exception {
    assertThat(ChatTemplates.read(folder)).isEmpty();
    config("{}");
    assertThat(ChatTemplates.read(folder)).isEmpty();
    config("{\"chat_template\": null}");
    assertThat(ChatTemplates.read(folder)).isEmpty();
    Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"old\"}");
    assertThat(ChatTemplates.read(folder)).isEmpty();
  }

  @Test
  void takesTheConfigsOneTemplate() throws Exception {
    config("{\"chat_template\": \"{{ bos_token }}C\", \"bos_token\": {\"content\": \"<b>\"}}");
    assertThat(rendered(false)).isEqualTo("<b>C");
  }

  @Test
  void takesTheConfigsNamedTemplates() throws Exception {
    config(
        "{\"chat_template\": [{\"name\": \"default\", \"template\": \"D\"},"
            + " {\"name\": \"tool_use\", \"template\": \"T\"}]}");
    assertThat(rendered(false)).isEqualTo("D");
    assertThat(rendered(true)).isEqualTo("T");
  }

  @Test
  void prefersFiles() throws Exception {
    config("{\"chat_template\": \"C\", \"eos_token\": \"<e>\", \"bos_token\": null}");
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"bos_token\": \"<old>\"}");
    Files.writeString(folder.resolve("chat_template.jinja"), "F{{ eos_token }}{{ bos_token }}");
    assertThat(rendered(false)).isEqualTo("F<e>");
    assertThat(rendered(true)).isEqualTo("F<e>");
    Files.createDirectories(folder.resolve("additional_chat_templates"));
    Files.writeString(folder.resolve("additional_chat_templates/tool_use.jinja"), "A");
    assertThat(rendered(false)).isEqualTo("F<e>");
    assertThat(rendered(true)).isEqualTo("A");
  }

  @Test
  void refusesNamedTemplatesWithoutDefault() throws Exception {
    config("{\"chat_template\": [{\"name\": \"rag\", \"template\": \"R\"}]}");
    assertThatThrownBy(() -> rendered(false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("[rag]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "{}", "[1]", "[{\"name\": \"default\"}]", "\"{% if %}\""})
  void refusesWhatIsNoTemplate(String value) throws Exception {
    config("{\"chat_template\": " + value + "}");
    assertThatThrownBy(() -> ChatTemplates.read(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tokenizer_config.json")
        .hasMessageContaining("chat_template");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "5",
        "[]",
        "{}",
        "[1]",
        "[{\"content\": \"x\"}]",
        "[{\"role\": 5}]",
        "{\"messages\": [], \"tools\": []}",
        "{\"messages\": 5}",
        "{\"messages\": [{\"role\": \"user\"}], \"tools\": 5}",
        "{\"messages\": [{\"role\": \"user\"}], \"kwargs\": []}",
        "{\"messages\": [{\"role\": \"user\"}], \"model\": \"x\"}",
        "[{\"role\": \"user\", \"role\": \"user\"}]"
      })
  void refusesConversationsInOneLine(String json) throws Exception {
    Path file = folder.resolve("messages.json");
    Files.writeString(file, json);
    assertThatThrownBy(() -> ConversationFile.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("messages.json");
  }

  private void config(String json) throws Exception {
    Files.writeString(folder.resolve("tokenizer_config.json"), json);
  }

  private String rendered(boolean tools) throws InputException {
    List<Map<String, @Nullable Object>> messages = List.of(Conversation.message("user", "x"));
    var conversation =
        new Conversation(messages, tools ? List.of(Map.of("name", "f")) : null, null, Map.of());
    ChatTemplates templates = ChatTemplates.read(folder).orElseThrow();
    return templates.of(conversation).render(conversation, Clock.systemUTC());
  }
}
