package io.compot.generation.grammar;

import io.compot.error.UsageException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parts of a schema, each with what is wrong with it. */
final class SchemaFields {

  /** What says nothing about which values are allowed. */
  private static final Set<String> NOTES =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "format",
          "strict",
          "name");

  private static final Set<String> HELD =
      Set.of(
          "type",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "enum",
          "const",
          "anyOf",
          "oneOf",
          "allOf",
          "$ref");

  /** Most repetitions that are counted, and values of a list. */
  private static final int MOST = 1000;

  private SchemaFields() {}

  /** Refuses a schema that says more than is held to. */
  static void checkHeld(Map<?, ?> schema, String at) throws UsageException {
    for (Object key : schema.keySet()) {
      if (!HELD.contains(key) && !NOTES.contains(key)) {
        throw refused(at, "%s is not held to; leave it out, or ask without strict".formatted(key));
      }
    }
  }

  static int count(Map<?, ?> schema, String key, int usual, String at) throws UsageException {
    Object value = schema.get(key);
    if (value == null) {
      return usual;
    }
    if (!(value instanceof Number number)
        || number.doubleValue() != number.intValue()
        || number.intValue() < 0
        || number.intValue() > MOST) {
      throw refused(at, "%s is no whole number from 0 to %d".formatted(key, MOST));
    }
    return number.intValue();
  }

  static Set<String> names(@Nullable Object value, String at) throws UsageException {
    Set<String> names = new HashSet<>();
    for (Object each : value instanceof List<?> list && list.isEmpty() ? list : list(value, at)) {
      if (!(each instanceof String name)) {
        throw refused(at, "it is no list of texts");
      }
      names.add(name);
    }
    return names;
  }

  static Map<?, ?> map(@Nullable Object value, String at) throws UsageException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw refused(at, "it is no object");
  }

  static List<?> list(@Nullable Object value, String at) throws UsageException {
    if (value instanceof List<?> list && !list.isEmpty() && list.size() <= MOST) {
      return list;
    }
    throw refused(at, "it is no list of 1 to %d".formatted(MOST));
  }

  static UsageException refused(String at, String why) {
    return new UsageException("%s: %s".formatted(at, why));
  }
}
