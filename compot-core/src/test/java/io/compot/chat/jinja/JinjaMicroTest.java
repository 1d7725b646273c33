package io.compot.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.chat.JsonValues;
import io.compot.testing.SharedData;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Small templates, and what Python's Jinja made of them. */
class JinjaMicroTest {

  private static final Map<String, JinjaException.Kind> KINDS =
      Map.of(
          "syntax", JinjaException.Kind.SYNTAX,
          "undefined", JinjaException.Kind.UNDEFINED,
          "python_error", JinjaException.Kind.OPERATION,
          "security", JinjaException.Kind.SECURITY,
          "raise_exception", JinjaException.Kind.REFUSED);

  @TestFactory
  Stream<DynamicTest> ours() throws Exception {
    try (InputStream in = JinjaMicroTest.class.getResourceAsStream("/chat/jinja-micro.json")) {
      return cases(JsonValues.MAPPER.readTree(in));
    }
  }

  @TestFactory
  Stream<DynamicTest> shared() throws Exception {
    try (InputStream in = Files.newInputStream(SharedData.path("chat/goldens/jinja_micro.json"))) {
      return cases(JsonValues.MAPPER.readTree(in));
    }
  }

  private static Stream<DynamicTest> cases(JsonNode file) {
    Clock clock = clock(file.get("now").stringValue());
    Map<String, @Nullable Object> context = JsonValues.map(file.get("context"));
    List<JsonNode> cases = List.copyOf(file.get("cases").values());
    assertThat(cases).isNotEmpty();
    return cases.stream()
        .map(one ->
            DynamicTest.dynamicTest(one.get("id").stringValue(), () -> check(one, context, clock)));
  }

  private static void check(JsonNode one, Map<String, @Nullable Object> context, Clock clock) {
    String template = one.get("template").stringValue();
    if (one.has("expected")) {
      assertThat(JinjaTemplate.parse(template).render(context, clock, Limits.defaults()))
          .isEqualTo(one.get("expected").stringValue());
      return;
    }
    String kind = one.get("error_kind").stringValue();
    assertThatThrownBy(
            () -> JinjaTemplate.parse(template).render(context, clock, Limits.defaults()))
        .isInstanceOfSatisfying(
            JinjaException.class, e -> assertThat(e.kind()).isEqualTo(KINDS.get(kind)));
  }

  static Clock clock(String local) {
    return Clock.fixed(LocalDateTime.parse(local).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
  }
}
