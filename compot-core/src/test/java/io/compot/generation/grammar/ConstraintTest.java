package io.compot.generation.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Texts that are held to grammars, judged by a JSON library and by a plain reading of schemas. */
class ConstraintTest {

  /** Every byte is a token, and some longer texts are. */
  private static final List<String> LONGER =
      List.of("{\"", "\": ", "\", \"", "true", "null", "},", "\"name", "é", "日本", "  ", "12", "]}");

  private static final int STOP = 256 + LONGER.size();

  private static final String PERSON =
      """
      {"type": "object",
       "properties": {
         "name": {"type": "string", "minLength": 2, "maxLength": 9},
         "age": {"type": "integer"},
         "size": {"type": ["number", "null"]},
         "tags": {"type": "array", "items": {"enum": ["a", "é\\"", 3]}, "minItems": 1, "maxItems": 3},
         "next": {"anyOf": [{"$ref": "#/$defs/link"}, {"type": "boolean"}]}},
       "required": ["name", "tags", "next"],
       "$defs": {"link": {"type": "object", "properties": {"to": {"$ref": "#/$defs/end"}},
         "required": ["to"], "additionalProperties": false},
         "end": {"const": {"x": [1, "y"]}}}}
      """;

  private static TokenTree tree() {
    byte[][] bytes = new byte[STOP + 1][];
    for (int value = 0; value < 256; value++) {
      bytes[value] = new byte[] {(byte) value};
    }
    for (int i = 0; i < LONGER.size(); i++) {
      bytes[256 + i] = LONGER.get(i).getBytes(StandardCharsets.UTF_8);
    }
    bytes[STOP] = new byte[0];
    return new TokenTree(bytes);
  }

  private static Constraint schema(String json, boolean strict) throws UsageException {
    Map<String, Object> schema = new LinkedHashMap<>();
    Map<?, ?> read = JsonMapper.shared().readValue(json, Map.class);
    read.forEach((key, value) -> schema.put(String.valueOf(key), value));
    return Constraint.schema(schema, strict, JsonMapper.shared()::writeValueAsString, tree());
  }

  /** Whether a text is one of the grammar, byte by byte. */
  private static boolean takes(Constraint constraint, String text) {
    Constraint.Text held = constraint.begin();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      if (!(held.hold(new float[STOP + 1], Set.of((long) STOP))[each & 0xFF] == 0)) {
        return false;
      }
      held.add(each & 0xFF);
    }
    return held.hold(new float[STOP + 1], Set.of((long) STOP))[STOP] == 0;
  }

  /** What a model writes that finds all tokens alike, but would rather end. */
  private static String written(Constraint constraint, long seed) {
    var random = new SplittableRandom(seed);
    var bytes = new ByteArrayOutputStream();
    Constraint.Text held = constraint.begin();
    for (int n = 0; n < 4000 && !held.isAtItsEnd(); n++) {
      float[] logits = held.hold(new float[STOP + 1], Set.of((long) STOP));
      List<Integer> allowed = new ArrayList<>();
      for (int token = 0; token < logits.length; token++) {
        if (logits[token] == 0) {
          allowed.add(token);
          // So that texts and lists end.
          for (int more = 0; token < 128 && "\"]}".indexOf(token) >= 0 && more < 60; more++) {
            allowed.add(token);
          }
        }
      }
      assertThat(allowed).isNotEmpty();
      int token = allowed.get(random.nextInt(allowed.size()));
      if (token == STOP) {
        break;
      }
      held.add(token);
      bytes.writeBytes(
          token < 256
              ? new byte[] {(byte) token}
              : LONGER.get(token - 256).getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whateverIsChosenIsAnObject() {
    Constraint constraint = Constraint.json(tree());
    for (int seed = 0; seed < 60; seed++) {
      String text = written(constraint, seed);
      assertThat(text).doesNotContain("\uFFFD");
      assertThat(JsonMapper.shared().readTree(text).isObject()).as(text).isTrue();
    }
  }

  @Test
  void whateverIsChosenIsAsTheSchemaSays() throws UsageException {
    Constraint constraint = schema(PERSON, true);
    for (int seed = 0; seed < 60; seed++) {
      String text = written(constraint, seed);
      JsonNode person = JsonMapper.shared().readTree(text);
      assertThat(List.of("name", "age", "size", "tags", "next"))
          .as(text)
          .containsAll(person.propertyNames());
      String name = person.get("name").stringValue();
      assertThat(name.codePointCount(0, name.length())).as(text).isBetween(2, 9);
      assertThat(person.path("age").isMissingNode() || person.get("age").isIntegralNumber())
          .as(text)
          .isTrue();
      assertThat(
              person.path("size").isMissingNode()
                  || person.get("size").isNull()
                  || person.get("size").isNumber())
          .as(text)
          .isTrue();
      assertThat(person.get("tags").size()).as(text).isBetween(1, 3);
      person.get("tags").forEach(tag -> assertThat(tag.asString()).isIn("a", "é\"", "3"));
      JsonNode next = person.get("next");
      assertThat(next.isBoolean() || next.toString().equals("{\"to\":{\"x\":[1,\"y\"]}}"))
          .as(text)
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\":1}",
        "{\"a\": [1, 2.5, -3e+10, true, false, null], \"b\": {\"c\": \"d\\n\\u00e9\"}}",
        "{\n  \"a\": [\n    \"日本語 😀\"\n  ]\n}"
      })
  void takesJson(String text) {
    assertThat(takes(Constraint.json(tree()), text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        " {}",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1,}",
        "{\"a\":1} x",
        "{\"a\":\"\n\"}",
        "{\"a\":'b'}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":\"\\x\"}",
        "{}{}",
        "{\"a\":tru}",
        "{\"a\":\"\\ud800\"}"
      })
  void takesNothingElse(String text) {
    assertThat(takes(Constraint.json(tree()), text)).isFalse();
  }

  /** Trees that name themselves, however deep. */
  @Test
  void schemasMayNameThemselves() throws UsageException {
    Constraint tree =
        schema(
            """
            {"type": "object", "properties": {"v": {"type": "integer"},
             "of": {"type": "array", "items": {"$ref": "#"}}}, "required": ["v"]}
            """,
            true);
    assertThat(takes(tree, "{\"v\": 1, \"of\": [{\"v\": 2}, {\"v\": 3, \"of\": []}]}")).isTrue();
    assertThat(takes(tree, "{\"v\": 1, \"of\": [{\"of\": []}]}")).isFalse();
    assertThat(takes(tree, "{\"of\": [], \"v\": 1}")).as("the schema's order").isFalse();
  }

  /** Behind B's list A is known already when B names it directly. */
  @Test
  void whatNamesItselfByDetoursIsRefused() {
    assertThatThrownBy(() ->
            schema(
                """
                {"$ref": "#/$defs/b", "$defs": {
                  "a": {"anyOf": [{"$ref": "#/$defs/b"}, {"type": "null"}]},
                  "b": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/a"}},
                    {"$ref": "#/$defs/a"}]}}}
                """,
                true))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("leads back to itself");
  }

  /** Neither many properties that may be left out nor deep texts take a deep stack. */
  @Test
  void largeSchemasAndDeepTextsAreTaken() throws UsageException {
    assertThat(takes(schema(properties(1500), true), "{\"p1499\": null}")).isTrue();
    Constraint tree = schema("{\"type\": \"array\", \"items\": {\"$ref\": \"#\"}}", true);
    String deep = "[".repeat(5_000) + "]".repeat(5_000);
    assertThat(takes(tree, deep)).isTrue();
    assertThat(takes(tree, deep)).as("what its places allow is known").isTrue();
    assertThatThrownBy(() -> schema(properties(2500), true))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("more than 2000 parts");
  }

  private static String properties(int count) {
    return IntStream.range(0, count)
        .mapToObj("\"p%d\": {\"type\": \"null\"}"::formatted)
        .collect(Collectors.joining(", ", "{\"properties\": {", "}}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\": \"text\"} | schema: type is none of",
        "{\"type\": \"string\", \"pattern\": \"a*\"} | schema: pattern is not held to",
        "{\"$ref\": \"#/nowhere\"} | schema: $ref #/nowhere is not there",
        "{\"$ref\": \"http://x\"} | schema: $ref leads outside",
        "{\"$ref\": \"#\"} | leads back to itself",
        "{\"anyOf\": []} | schema.anyOf: it is no list",
        "{\"properties\": {\"a\": 1}} | schema.properties.a: it is no object",
        "{\"properties\": {\"a\": {}}, \"required\": [\"b\"]} | required names b",
        "{\"properties\": {\"a\": {}}, \"required\": [null]} | required: it is no list of texts",
        "{\"type\": \"array\", \"minItems\": 3, \"maxItems\": 2} | maxItems is less",
        "{\"type\": \"array\", \"minItems\": 1000000} | minItems is no whole number"
      })
  void whatCannotBeHeldIsNamed(String schema, String message) {
    assertThatThrownBy(() -> schema(schema, true))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatIsNotStrictIsPassedOver() throws UsageException {
    assertThat(takes(schema("{\"type\": \"string\", \"pattern\": \"a*\"}", false), "\"b\""))
        .isTrue();
  }

  /** Where no token spells what has to follow, a text ends rather than go wrong. */
  @Test
  void aVocabularyThatCannotSpellItEnds() {
    byte[][] bytes = {
      "{".getBytes(StandardCharsets.UTF_8), "x".getBytes(StandardCharsets.UTF_8), {}
    };
    Constraint.Text held = Constraint.json(new TokenTree(bytes)).begin();
    Set<Long> stops = Set.of(2L);
    assertThat(held.hold(new float[3], stops))
        .containsExactly(0, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
    held.add(0);
    assertThat(held.hold(new float[3], stops)[2]).isZero();
  }
}
