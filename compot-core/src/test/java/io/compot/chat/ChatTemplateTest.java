package io.compot.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import io.compot.testing.SharedData;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Conversations under templates, and what transformers made of them. */
@NullUnmarked // JSON of test material, where anything may be null
class ChatTemplateTest {

  @TestFactory
  Stream<DynamicTest> ours() throws Exception {
    try (InputStream in = ChatTemplateTest.class.getResourceAsStream("/chat/templates.json")) {
      return cases(JsonValues.MAPPER.readTree(in));
    }
  }

  @TestFactory
  Stream<DynamicTest> shared() throws Exception {
    try (InputStream in = Files.newInputStream(SharedData.path("chat/goldens/golden.json"))) {
      return cases(JsonValues.MAPPER.readTree(in));
    }
  }

  private static Stream<DynamicTest> cases(JsonNode file) throws InputException {
    Clock clock =
        Clock.fixed(
            LocalDateTime.parse("2026-01-05T09:07:03").toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    Map<String, ChatTemplate> templates = new LinkedHashMap<>();
    for (var named : file.get("templates").properties()) {
      Map<String, String> special = new LinkedHashMap<>();
      for (String name : List.of("bos_token", "eos_token")) {
        String token = named.getValue().path(name).asString("");
        if (!token.isEmpty()) {
          special.put(name, token);
        }
      }
      String source = named.getValue().get("template").stringValue();
      templates.put(named.getKey(), ChatTemplate.of(named.getKey(), source, special));
    }
    List<JsonNode> cases = List.copyOf(file.get("cases").values());
    assertThat(cases).isNotEmpty();
    return cases.stream()
        .map(one -> {
          String template = one.get("template").stringValue();
          String name = one.get("conversation").stringValue();
          return DynamicTest.dynamicTest(
              template + " " + name,
              () -> {
                ChatTemplate chosen = templates.get(template);
                assertThat(chosen).isNotNull();
                check(one, file.get("conversations").get(name), chosen, clock);
              });
        });
  }

  private static void check(JsonNode one, JsonNode given, ChatTemplate template, Clock clock)
      throws InputException {
    Conversation conversation = conversation(one, given);
    if (one.has("expected")) {
      assertThat(template.render(conversation, clock)).isEqualTo(one.get("expected").stringValue());
      return;
    }
    var refused =
        assertThatThrownBy(() -> template.render(conversation, clock))
            .isInstanceOf(InputException.class);
    if (one.get("error_kind").stringValue().equals("raise_exception")) {
      refused.hasMessageEndingWith(one.get("error").stringValue());
    }
  }

  private static Conversation conversation(JsonNode one, JsonNode given) {
    JsonNode tools = one.has("tools") ? one.get("tools") : given.path("tools");
    JsonNode kwargs = one.has("kwargs") ? one.get("kwargs") : given.path("kwargs");
    JsonNode documents = given.path("documents");
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    given.get("messages").values().forEach(message -> messages.add(JsonValues.map(message)));
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("add_generation_prompt", false);
    variables.putAll(JsonValues.map(kwargs));
    return new Conversation(
        messages,
        tools.isArray() ? JsonValues.list(tools) : null,
        documents.isArray() ? JsonValues.list(documents) : null,
        variables);
  }
}
