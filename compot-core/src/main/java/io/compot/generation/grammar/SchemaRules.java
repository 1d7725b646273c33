package io.compot.generation.grammar;

import static io.compot.generation.grammar.Symbol.text;
import static io.compot.generation.grammar.Symbol.times;

import io.compot.error.UsageException;
import io.compot.generation.grammar.Symbol.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A grammar of values that a JSON schema (2020-12) allows. Properties come in the schema's order,
 * those that are not required may be left out, and others are written only where the schema asks
 * for it: fewer values than it allows, and none that it does not.
 */
final class SchemaRules {

  private static final int DEEPEST = 64;

  /** Schemas within the whole: beyond it, what a place allows would take long to find. */
  private static final int MOST_PARTS = 2000;

  private final Map<String, ?> whole;
  private final boolean strict;
  private final Function<@Nullable Object, String> writer;
  private final JsonRules json = new JsonRules();
  private final Map<String, Rule> references = new HashMap<>();
  private int parts;

  /**
   * @param whole the schema, for its references
   * @param strict whether what cannot be held is refused; else it is passed over
   * @param writer JSON of a value
   */
  SchemaRules(Map<String, ?> whole, boolean strict, Function<@Nullable Object, String> writer) {
    this.whole = whole;
    this.strict = strict;
    this.writer = writer;
  }

  /** The grammar. */
  Rule root() throws UsageException {
    Rule root = of(whole, "schema", 0);
    if (LeftRecursion.in(root)) {
      throw SchemaFields.refused("schema", "a $ref leads back to itself before any value begins");
    }
    return root;
  }

  private Rule of(@Nullable Object given, String at, int depth) throws UsageException {
    if (depth > DEEPEST) {
      throw SchemaFields.refused(at, "it is nested more than %d deep; use $ref".formatted(DEEPEST));
    }
    if (++parts > MOST_PARTS) {
      throw SchemaFields.refused(at, "the schema has more than %d parts".formatted(MOST_PARTS));
    }
    if (Boolean.TRUE.equals(given)) {
      return json.value();
    }
    Map<?, ?> schema = SchemaFields.map(given, at);
    if (strict) {
      SchemaFields.checkHeld(schema, at);
    }
    Object reference = schema.get("$ref");
    if (reference != null) {
      return reference(reference, at, depth);
    }
    if (schema.containsKey("const")) {
      return literal(schema.get("const"));
    }
    if (schema.containsKey("enum")) {
      var rule = new Rule();
      for (Object each : SchemaFields.list(schema.get("enum"), at + ".enum")) {
        rule.or(literal(each));
      }
      return rule;
    }
    for (String key : List.of("anyOf", "oneOf", "allOf")) {
      if (schema.containsKey(key)) {
        return choice(SchemaFields.list(schema.get(key), at + "." + key), key, at, depth);
      }
    }
    return typed(schema, at, depth);
  }

  private Rule choice(List<?> schemas, String key, String at, int depth) throws UsageException {
    if (key.equals("allOf") && schemas.size() != 1) {
      throw SchemaFields.refused(
          at, "allOf of several schemas cannot be held; say one schema of all");
    }
    var rule = new Rule();
    for (int i = 0; i < schemas.size(); i++) {
      rule.or(of(schemas.get(i), "%s.%s[%d]".formatted(at, key, i), depth + 1));
    }
    return rule;
  }

  private Rule typed(Map<?, ?> schema, String at, int depth) throws UsageException {
    Object type = schema.get("type");
    if (type instanceof List<?> types) {
      var rule = new Rule();
      for (Object each : types) {
        rule.or(ofType(each, schema, at, depth));
      }
      return rule;
    }
    if (type == null) {
      return schema.containsKey("properties")
          ? object(schema, at, depth)
          : schema.containsKey("items") ? array(schema, at, depth) : json.value();
    }
    return ofType(type, schema, at, depth);
  }

  private Rule ofType(@Nullable Object type, Map<?, ?> schema, String at, int depth)
      throws UsageException {
    return switch (String.valueOf(type)) {
      case "object" -> object(schema, at, depth);
      case "array" -> array(schema, at, depth);
      case "string" -> string(schema, at);
      case "integer" -> json.wholeNumber();
      case "number" -> json.number();
      case "boolean" -> new Rule().or(text("true")).or(text("false"));
      case "null" -> text("null");
      default ->
          throw SchemaFields.refused(
              at,
              "type is none of object, array, string, integer, number, boolean and null, or a list"
                  + " of them");
    };
  }

  private Rule string(Map<?, ?> schema, String at) throws UsageException {
    if (!schema.containsKey("minLength") && !schema.containsKey("maxLength")) {
      return json.string();
    }
    Rule inside = repeated(json.stringCharacter(), schema, "minLength", "maxLength", at);
    return new Rule().or(text("\""), inside, text("\""));
  }

  private Rule array(Map<?, ?> schema, String at, int depth) throws UsageException {
    Rule item =
        schema.containsKey("items")
            ? of(schema.get("items"), at + ".items", depth + 1)
            : json.value();
    int least = SchemaFields.count(schema, "minItems", 0, at);
    int most = SchemaFields.count(schema, "maxItems", Integer.MAX_VALUE, at);
    if (most < least) {
      throw SchemaFields.refused(at, "maxItems is less than minItems");
    }
    Rule more = new Rule().or(text(","), json.space(), item);
    Rule others =
        most == Integer.MAX_VALUE
            ? new Rule()
                .or(times(more, Math.max(0, least - 1), Math.max(0, least - 1)), Symbol.any(more))
            : times(more, Math.max(0, least - 1), Math.max(0, most - 1));
    var rule = new Rule();
    if (least == 0) {
      rule.or(text("["), json.space(), text("]"));
    }
    if (most > 0) {
      rule.or(text("["), json.space(), item, others, json.space(), text("]"));
    }
    return rule;
  }

  private Rule repeated(Symbol symbol, Map<?, ?> schema, String from, String to, String at)
      throws UsageException {
    int least = SchemaFields.count(schema, from, 0, at);
    int most = SchemaFields.count(schema, to, Integer.MAX_VALUE, at);
    if (most < least) {
      throw SchemaFields.refused(at, "%s is less than %s".formatted(to, from));
    }
    return most == Integer.MAX_VALUE
        ? new Rule().or(times(symbol, least, least), Symbol.any(symbol))
        : times(symbol, least, most);
  }

  private Rule object(Map<?, ?> schema, String at, int depth) throws UsageException {
    Object others = schema.get("additionalProperties");
    Map<?, ?> named =
        schema.containsKey("properties")
            ? SchemaFields.map(schema.get("properties"), at + ".properties")
            : Map.of();
    Set<?> required =
        schema.containsKey("required")
            ? SchemaFields.names(schema.get("required"), at + ".required")
            : Set.of();
    for (Object name : required) {
      if (!named.containsKey(name)) {
        throw SchemaFields.refused(
            at, "required names %s, which is not among properties".formatted(name));
      }
    }
    boolean open = others == null ? named.isEmpty() : !Boolean.FALSE.equals(others);
    Rule value =
        !open
            ? null
            : others == null ? json.value() : of(others, at + ".additionalProperties", depth + 1);
    if (named.isEmpty()) {
      return value == null ? new Rule().or(text("{"), json.space(), text("}")) : json.object(value);
    }
    return new Rule()
        .or(text("{"), json.space(), members(named, required, value, at, depth), text("}"));
  }

  /** From the last to the first: what may follow behind others, and at the beginning. */
  private Rule members(
      Map<?, ?> named, Set<?> required, @Nullable Rule others, String at, int depth)
      throws UsageException {
    Rule comma = new Rule().or(text(","), json.space());
    Rule behind = new Rule().or(json.space());
    Rule first = new Rule().or();
    if (others != null) {
      Rule pair = new Rule().or(json.string(), text(":"), json.space(), others);
      Rule more = Symbol.any(new Rule().or(comma, pair));
      behind = new Rule().or(more, json.space());
      first = new Rule().or().or(pair, more, json.space());
    }
    List<Map.Entry<?, ?>> entries = new ArrayList<>(named.entrySet());
    for (Map.Entry<?, ?> entry : entries.reversed()) {
      String name = String.valueOf(entry.getKey());
      Rule value = of(entry.getValue(), "%s.properties.%s".formatted(at, name), depth + 1);
      Rule pair = new Rule().or(text(writer.apply(name)), text(":"), json.space(), value);
      boolean may = !required.contains(entry.getKey());
      Rule laterBehind = behind;
      behind = new Rule().or(comma, pair, laterBehind);
      Rule laterFirst = first;
      first = new Rule().or(pair, laterBehind);
      if (may) {
        behind.or(laterBehind);
        first.or(laterFirst);
      }
    }
    return first;
  }

  private Rule literal(@Nullable Object value) {
    return text(writer.apply(value));
  }

  /** Put down before it is made, since a schema may name itself. */
  private Rule reference(Object reference, String at, int depth) throws UsageException {
    String name = String.valueOf(reference);
    Rule known = references.get(name);
    if (known == null) {
      known = new Rule();
      references.put(name, known);
      known.or(of(target(name, at), name, depth + 1));
    }
    return known;
  }

  private Object target(String reference, String at) throws UsageException {
    Object found = whole;
    if (!reference.startsWith("#")) {
      throw SchemaFields.refused(at, "$ref leads outside of the schema; only #/… is followed");
    }
    for (String part : reference.substring(1).split("/", -1)) {
      if (!part.isEmpty()) {
        String key = part.replace("~1", "/").replace("~0", "~");
        found = found instanceof Map<?, ?> map ? map.get(key) : null;
      }
    }
    if (found == null) {
      throw SchemaFields.refused(at, "$ref %s is not there".formatted(reference));
    }
    return found;
  }
}
