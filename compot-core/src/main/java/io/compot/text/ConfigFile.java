package io.compot.text;

import io.compot.error.InputException;
import io.compot.error.Shown;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Strict access to the fields of a JSON file such as {@code config.json}. Every refusal names the
 * file and the field, what was found and what was expected. A field that is {@code null} counts as
 * absent, as in Hugging Face configurations.
 */
public final class ConfigFile {

  private static final long LARGEST = 32L << 20;

  private final Path file;
  private final String prefix;
  private final ObjectNode tree;

  private ConfigFile(Path file, String prefix, ObjectNode tree) {
    this.file = file;
    this.prefix = prefix;
    this.tree = tree;
  }

  /**
   * Reads a file.
   *
   * <p>Numbers that are none (NaN, Infinity), which other programs write, are refused where they
   * are asked for.
   *
   * @throws InputException where it is missing, empty, damaged, a Git-LFS pointer, not an object,
   *     has a key twice, or is nested too deeply
   */
  public static ConfigFile read(Path file) throws InputException {
    return new ConfigFile(file, "", StrictJson.lenient(file, LARGEST));
  }

  /** Fields that another kind of file amounts to. */
  public static ConfigFile of(Path file, ObjectNode fields) {
    return new ConfigFile(file, "", fields.deepCopy());
  }

  /** The same without a field. */
  public ConfigFile without(String field) {
    ObjectNode rest = tree.deepCopy();
    rest.remove(field);
    return new ConfigFile(file, prefix, rest);
  }

  /** The file these fields come from. */
  public Path file() {
    return file;
  }

  /** A copy of the parsed JSON, fields in the file's order, for writing back with additions. */
  public ObjectNode tree() {
    return tree.deepCopy();
  }

  /** The names of all fields, sorted. */
  public Set<String> fields() {
    return new TreeSet<>(tree.propertyNames());
  }

  /** Whether the field is there and not null. */
  public boolean has(String field) {
    return find(field) != null;
  }

  /** Whether the field is there, be it null. */
  public boolean names(String field) {
    return tree.has(field);
  }

  /** Whether the field is there and null. */
  public boolean isNull(String field) {
    return names(field) && !has(field);
  }

  /** Whether the field is an object. */
  public boolean isObject(String field) {
    return find(field) instanceof ObjectNode;
  }

  /** A whole number in [1, atMost]. */
  public int positiveInt(String field, int atMost) throws InputException {
    return integer(field, require(field), 1, atMost);
  }

  /** A whole number above zero that may be beyond an int. */
  public long positiveLong(String field) throws InputException {
    JsonNode node = require(field);
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 1) {
      throw unexpected(field, node, "a whole number above zero");
    }
    return node.longValue();
  }

  /** A whole number in [1, atMost], or empty where the field is absent. */
  public OptionalInt optionalPositiveInt(String field, int atMost) throws InputException {
    return optionalInt(field, 1, atMost);
  }

  /** A whole number in [atLeast, atMost], or empty where the field is absent. */
  public OptionalInt optionalInt(String field, int atLeast, int atMost) throws InputException {
    JsonNode node = find(field);
    return node == null
        ? OptionalInt.empty()
        : OptionalInt.of(integer(field, node, atLeast, atMost));
  }

  /** A finite number. */
  public double number(String field) throws InputException {
    return number(field, require(field));
  }

  /** A finite number, or empty where the field is absent. */
  public OptionalDouble optionalNumber(String field) throws InputException {
    JsonNode node = find(field);
    return node == null ? OptionalDouble.empty() : OptionalDouble.of(number(field, node));
  }

  /** A finite number above zero. */
  public double positive(String field) throws InputException {
    return positive(field, require(field));
  }

  /** A finite number above zero, or empty where the field is absent. */
  public OptionalDouble optionalPositive(String field) throws InputException {
    JsonNode node = find(field);
    return node == null ? OptionalDouble.empty() : OptionalDouble.of(positive(field, node));
  }

  /** true or false; {@code absent} where the field is absent. */
  public boolean flag(String field, boolean absent) throws InputException {
    JsonNode node = find(field);
    if (node == null) {
      return absent;
    }
    if (!node.isBoolean()) {
      throw unexpected(field, node, "true or false");
    }
    return node.booleanValue();
  }

  /** A string. */
  public String text(String field) throws InputException {
    return text(field, require(field));
  }

  /** A string, or empty where the field is absent. */
  public Optional<String> optionalText(String field) throws InputException {
    JsonNode node = find(field);
    return node == null ? Optional.empty() : Optional.of(text(field, node));
  }

  /** One of the given strings. */
  public String choice(String field, Collection<String> known) throws InputException {
    return choice(field, require(field), known);
  }

  /** One of the given strings, or empty where the field is absent. */
  public Optional<String> optionalChoice(String field, Collection<String> known)
      throws InputException {
    JsonNode node = find(field);
    return node == null ? Optional.empty() : Optional.of(choice(field, node, known));
  }

  /** A nested object. */
  public ConfigFile object(String field) throws InputException {
    return object(field, require(field));
  }

  /** A nested object, or empty where the field is absent. */
  public Optional<ConfigFile> optionalObject(String field) throws InputException {
    JsonNode node = find(field);
    return node == null ? Optional.empty() : Optional.of(object(field, node));
  }

  /** A list of strings; empty where the field is absent. */
  public List<String> texts(String field) throws InputException {
    var texts = new ArrayList<String>();
    List<JsonNode> items = items(field);
    for (int i = 0; i < items.size(); i++) {
      texts.add(text(field + "[" + i + "]", items.get(i)));
    }
    return texts;
  }

  /** A list of whole numbers in [atLeast, atMost]; empty where the field is absent. */
  public List<Integer> ints(String field, int atLeast, int atMost) throws InputException {
    var numbers = new ArrayList<Integer>();
    List<JsonNode> items = items(field);
    for (int i = 0; i < items.size(); i++) {
      numbers.add(integer(field + "[" + i + "]", items.get(i), atLeast, atMost));
    }
    return numbers;
  }

  /** A list of finite numbers; empty where the field is absent. */
  public List<Double> numbers(String field) throws InputException {
    var numbers = new ArrayList<Double>();
    List<JsonNode> items = items(field);
    for (int i = 0; i < items.size(); i++) {
      numbers.add(number(field + "[" + i + "]", items.get(i)));
    }
    return numbers;
  }

  /** A list of objects; empty where the field is absent. */
  public List<ConfigFile> objects(String field) throws InputException {
    var objects = new ArrayList<ConfigFile>();
    List<JsonNode> items = items(field);
    for (int i = 0; i < items.size(); i++) {
      objects.add(object(field + "[" + i + "]", items.get(i)));
    }
    return objects;
  }

  /** Refuses a field that is there and null, where that does not mean what its absence means. */
  public void refuseNull(String field) throws InputException {
    if (isNull(field)) {
      throw refuse(field, "the field is null", "give a value, or leave the field out");
    }
  }

  /**
   * Token ids: a number, a list of numbers, or absent. Negative ones, some writers' way to say that
   * there is none, are left out.
   */
  public Set<Integer> tokenIds(String field) throws InputException {
    JsonNode node = find(field);
    Set<Integer> ids = new LinkedHashSet<>();
    if (node != null && node.isArray()) {
      ids.addAll(ints(field, Integer.MIN_VALUE, Integer.MAX_VALUE));
    } else if (node != null) {
      ids.add(integer(field, node, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    ids.removeIf(each -> each < 0);
    return ids;
  }

  /** The error for a field whose value is readable but makes no sense. */
  public InputException refuse(String field, String problem, String advice) {
    return InputException.in(file, Shown.of(prefix + field), problem, advice);
  }

  /** The field's value as messages show it. */
  public String shown(String field) {
    JsonNode node = find(field);
    return node == null ? "nothing" : StrictJson.kind(node);
  }

  public @Nullable JsonNode find(String field) {
    JsonNode node = tree.get(field);
    return node == null || node.isNull() ? null : node;
  }

  private JsonNode require(String field) throws InputException {
    JsonNode node = find(field);
    if (node == null) {
      String problem = names(field) ? "the field is missing: it is null" : "the field is missing";
      throw refuse(field, problem, "restore the original file");
    }
    return node;
  }

  private List<JsonNode> items(String field) throws InputException {
    JsonNode node = find(field);
    if (node == null) {
      return List.of();
    }
    if (!node.isArray()) {
      throw unexpected(field, node, "a list");
    }
    return List.copyOf(node.values());
  }

  private int integer(String field, JsonNode node, int atLeast, int atMost) throws InputException {
    if (!node.isIntegralNumber()
        || !node.canConvertToInt()
        || node.intValue() < atLeast
        || node.intValue() > atMost) {
      throw unexpected(field, node, "a whole number from %d to %d".formatted(atLeast, atMost));
    }
    return node.intValue();
  }

  private double number(String field, JsonNode node) throws InputException {
    if (!node.isNumber()) {
      throw unexpected(field, node, "a number");
    }
    double value = StrictJson.asDouble(node);
    if (!Double.isFinite(value)) {
      throw refuse(
          field,
          Shown.of(node.asString()) + " is not a finite number",
          "write a number that a double can hold");
    }
    return value;
  }

  private double positive(String field, JsonNode node) throws InputException {
    double value = number(field, node);
    if (value <= 0) {
      throw unexpected(field, node, "a number above zero");
    }
    return value;
  }

  private String text(String field, JsonNode node) throws InputException {
    if (!node.isString()) {
      throw unexpected(field, node, "a string");
    }
    return node.stringValue();
  }

  private String choice(String field, JsonNode node, Collection<String> known)
      throws InputException {
    String value = text(field, node);
    if (!known.contains(value)) {
      throw unexpected(field, node, "one of " + String.join(", ", new TreeSet<>(known)));
    }
    return value;
  }

  private ConfigFile object(String field, JsonNode node) throws InputException {
    if (!(node instanceof ObjectNode object)) {
      throw unexpected(field, node, "an object");
    }
    return new ConfigFile(file, prefix + field + ".", object);
  }

  private InputException unexpected(String field, JsonNode found, String expected) {
    return refuse(
        field, "found " + StrictJson.kind(found), "expected " + expected + ": correct the file");
  }
}
