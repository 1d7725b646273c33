package io.compot.chat;

import io.compot.error.InputException;
import io.compot.error.JsonProblem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as the plain values that templates take: integers of any size stay integers, numbers with a
 * point or an exponent become doubles, fields keep their order.
 */
public final class JsonValues {

  /** Reads JSON with bounded depth and no field twice. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxNumberLength(400)
                          .maxStringLength(64 << 20)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonValues() {}

  /**
   * A JSON text as plain values.
   *
   * @throws InputException telling what is wrong with it
   */
  public static @Nullable Object parse(String text) throws InputException {
    try {
      return of(MAPPER.readTree(text));
    } catch (JacksonException e) {
      throw new InputException("not valid JSON: " + JsonProblem.of(e), e);
    } catch (NumberFormatException e) { // Jackson's answer to exponents beyond an int
      throw new InputException("not valid JSON: a number has an exponent beyond all bounds", e);
    }
  }

  /** Plain values as a JSON text on one line. */
  public static String write(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** Null, a Boolean, String, BigInteger, Double, List or Map. */
  public static @Nullable Object of(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL, MISSING -> null;
      case BOOLEAN -> node.booleanValue();
      case STRING -> node.stringValue();
      case NUMBER -> node.isIntegralNumber() ? node.bigIntegerValue() : (Object) node.doubleValue();
      case ARRAY -> list(node);
      case OBJECT -> map(node);
      default -> throw new IllegalArgumentException("no JSON value: " + node.getNodeType());
    };
  }

  /** The elements of an array. */
  public static List<@Nullable Object> list(JsonNode array) {
    List<@Nullable Object> items = new ArrayList<>();
    for (JsonNode item : array.values()) {
      items.add(of(item));
    }
    return items;
  }

  /** The fields of an object, in their order. */
  public static Map<String, @Nullable Object> map(JsonNode object) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (var field : object.properties()) {
      fields.put(field.getKey(), of(field.getValue()));
    }
    return fields;
  }
}
