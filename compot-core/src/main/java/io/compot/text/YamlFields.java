package io.compot.text;

import io.compot.error.InputException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of a YAML file that a user wrote, strictly read. Each value is asked for by its
 * key and as what it must be; whatever else is there is refused, naming the file, the line, the key
 * from the top (as {@code overrides[2].ratio}) and what was expected. Of YAML it takes the plain
 * part: no tags, no anchors, no key twice, one document.
 */
public final class YamlFields {

  /** Bytes that a file written by hand never has. */
  public static final long LARGEST = 1L << 18;

  private static final Pattern NUMBER =
      Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,4})?");
  private static final Pattern FRONT =
      Pattern.compile("\\A\\uFEFF?---[ \\t]*\\R((?s:.*?)\\R)---[ \\t]*(\\R|\\z)");
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,18}");

  private final Path file;
  private final String help;
  private final String path;
  private final YamlNode.Mapping mapping;

  private YamlFields(Path file, String help, String path, YamlNode.Mapping mapping) {
    this.file = file;
    this.help = help;
    this.path = path;
    this.mapping = mapping;
  }

  /**
   * Reads a file that holds keys and values.
   *
   * @param help ends the messages, e.g. "see docs/recipes.md"
   * @throws InputException where there is none, it is no YAML, or more than {@link #LARGEST}
   */
  public static YamlFields read(Path file, String help) throws InputException {
    if (YamlParser.read(file, LARGEST, help) instanceof YamlNode.Mapping mapping) {
      return new YamlFields(file, help, "", mapping);
    }
    throw InputException.in(file, "expected keys and values (key: value)", help);
  }

  /**
   * The keys and values in front of a Markdown text, between two lines of three dashes.
   *
   * @param help ends the messages
   * @return empty where there is no such file, or nothing in front
   * @throws InputException where it cannot be read, or is no plain YAML
   */
  public static Optional<YamlFields> frontMatter(Path file, String help) throws InputException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    String text;
    try (var in = Files.newInputStream(file)) {
      text = new String(in.readNBytes((int) LARGEST), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); check its permissions", e);
    }
    var front = FRONT.matcher(text);
    return front.find()
            && YamlParser.parse(file, front.group(1), help) instanceof YamlNode.Mapping mapping
        ? Optional.of(new YamlFields(file, help, "", mapping))
        : Optional.empty();
  }

  /** The file they were read from. */
  public Path file() {
    return file;
  }

  /**
   * A path that the file names: relative ones begin at the file's folder.
   *
   * @throws InputException where no file can have that name
   */
  public Path resolve(String key, String written) throws InputException {
    try {
      return file.resolveSibling(written).normalize();
    } catch (InvalidPathException e) {
      throw refuse(key, "this names no file", "correct it");
    }
  }

  /** The keys that are there. */
  public Set<String> keys() {
    return mapping.values().keySet();
  }

  /** Whether the key is there. */
  public boolean has(String key) {
    return mapping.values().containsKey(key);
  }

  /**
   * Refuses all other keys.
   *
   * @return this
   * @throws InputException naming the unknown key and the one that may have been meant
   */
  public YamlFields only(Collection<String> known) throws InputException {
    for (String key : keys()) {
      if (!known.contains(key)) {
        throw refuse(
            key,
            "there is no such key"
                + Nearest.of(key, known).map(name -> ", did you mean " + name + "?").orElse(""),
            "the keys here are " + String.join(", ", known));
      }
    }
    return this;
  }

  /** A text; empty where the key is missing. */
  public Optional<String> text(String key) throws InputException {
    YamlNode value = mapping.values().get(key);
    return value == null ? Optional.empty() : Optional.of(text(key, value));
  }

  /** A text that must be there. */
  public String requiredText(String key) throws InputException {
    Optional<String> found = text(key);
    if (found.isEmpty()) {
      throw refuse(key, "is missing");
    }
    return found.get();
  }

  /** A text, number or truth value as it was written; empty where the key is missing. */
  public Optional<String> written(String key) throws InputException {
    YamlNode value = mapping.values().get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof YamlNode.Scalar scalar && scalar.kind() != YamlNode.Kind.NOTHING) {
      return Optional.of(scalar.written());
    }
    throw unlike(key, "one word or number", value);
  }

  /** true or false; empty where the key is missing. */
  public Optional<Boolean> flag(String key) throws InputException {
    YamlNode value = mapping.values().get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof YamlNode.Scalar scalar && scalar.kind() == YamlNode.Kind.FLAG) {
      return Optional.of(scalar.written().equals("true"));
    }
    throw unlike(key, "true or false", value);
  }

  /** A whole number; empty where the key is missing. */
  public OptionalLong whole(String key) throws InputException {
    YamlNode value = mapping.values().get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (value instanceof YamlNode.Scalar scalar && WHOLE.matcher(scalar.written()).matches()) {
      return OptionalLong.of(Long.parseLong(scalar.written()));
    }
    throw unlike(key, "a whole number", value);
  }

  /** A finite number; empty where the key is missing. */
  public OptionalDouble number(String key) throws InputException {
    YamlNode value = mapping.values().get(key);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(number(key, value));
  }

  /** One number or a list of them; empty where the key is missing. */
  public List<Double> numbers(String key) throws InputException {
    List<Double> numbers = new ArrayList<>();
    for (Map.Entry<String, YamlNode> item : list(key).entrySet()) {
      numbers.add(number(item.getKey(), item.getValue()));
    }
    return numbers;
  }

  /** One text or a list of them; empty where the key is missing. */
  public List<String> texts(String key) throws InputException {
    List<String> texts = new ArrayList<>();
    for (Map.Entry<String, YamlNode> item : list(key).entrySet()) {
      texts.add(text(item.getKey(), item.getValue()));
    }
    return texts;
  }

  /** Whether the value is one text, number or truth value. */
  public boolean isScalar(String key) {
    return mapping.values().get(key) instanceof YamlNode.Scalar;
  }

  /** Keys and values under a key; empty where it is missing. */
  public Optional<YamlFields> fields(String key) throws InputException {
    YamlNode value = mapping.values().get(key);
    return value == null ? Optional.empty() : Optional.of(fields(key, value));
  }

  /** A list whose items have keys and values; empty where the key is missing. */
  public List<YamlFields> items(String key) throws InputException {
    List<YamlFields> items = new ArrayList<>();
    for (Map.Entry<String, YamlNode> item : list(key).entrySet()) {
      items.add(fields(item.getKey(), item.getValue()));
    }
    return items;
  }

  /** Like {@link #items(String)}, where a bare word stands for an item with this one key. */
  public List<YamlFields> items(String key, String keyOfWord) throws InputException {
    List<YamlFields> items = new ArrayList<>();
    for (Map.Entry<String, YamlNode> item : list(key).entrySet()) {
      YamlNode value = item.getValue();
      items.add(
          fields(
              item.getKey(),
              value instanceof YamlNode.Scalar
                  ? new YamlNode.Mapping(value.line(), Map.of(keyOfWord, value))
                  : value));
    }
    return items;
  }

  /** One of a few words; empty where the key is missing. */
  public Optional<String> choice(String key, Collection<String> words) throws InputException {
    Optional<String> found = text(key);
    if (found.isPresent() && !words.contains(found.get())) {
      throw refuse(
          key,
          "'%s' is unknown%s"
              .formatted(
                  YamlNode.shown(found.get()),
                  Nearest.of(found.get(), words)
                      .map(name -> ", did you mean " + name + "?")
                      .orElse("")),
          "choose one of " + String.join(", ", words));
    }
    return found;
  }

  /** What a value's own limits say of it, as an error at its place. */
  public InputException refuse(String key, String problem) {
    return refuse(key, problem, help);
  }

  /** The same with an advice of its own. */
  public InputException refuse(String key, String problem, String advice) {
    YamlNode value = mapping.values().get(key);
    int line = value == null ? mapping.line() : value.line();
    return refuse(line, key, problem, advice);
  }

  private InputException refuse(int line, String key, String problem, String advice) {
    String where = path.isEmpty() ? key : path + "." + key;
    return InputException.in(
        file, "line %d: %s".formatted(line, YamlNode.shown(where)), problem, advice);
  }

  private InputException unlike(String key, String expected, YamlNode found) {
    return refuse(
        found.line(), key, "expected %s, found %s".formatted(expected, found.described()), help);
  }

  private String text(String key, YamlNode value) throws InputException {
    if (value instanceof YamlNode.Scalar scalar) {
      if (scalar.kind() == YamlNode.Kind.TEXT) {
        return scalar.written();
      }
      if (scalar.kind() != YamlNode.Kind.NOTHING) {
        throw refuse(
            value.line(), key, "expected a text, found " + value.described(), "put it in quotes");
      }
    }
    throw unlike(key, "a text", value);
  }

  private double number(String key, YamlNode value) throws InputException {
    // YAML's rules take 1e-3 for a text, people do not.
    if (value instanceof YamlNode.Scalar scalar && NUMBER.matcher(scalar.written()).matches()) {
      double number = new BigDecimal(scalar.written()).doubleValue();
      if (Double.isFinite(number)) {
        return number;
      }
    }
    throw unlike(key, "a number", value);
  }

  private YamlFields fields(String key, YamlNode value) throws InputException {
    if (value instanceof YamlNode.Mapping inner) {
      return new YamlFields(file, help, path.isEmpty() ? key : path + "." + key, inner);
    }
    throw unlike(key, "keys and values", value);
  }

  /** The items by the names that messages give them; a lone value counts as a list of one. */
  private Map<String, YamlNode> list(String key) throws InputException {
    Map<String, YamlNode> items = new LinkedHashMap<>();
    @Nullable YamlNode value = mapping.values().get(key);
    if (value instanceof YamlNode.Sequence(_, List<YamlNode> all)) {
      for (int i = 0; i < all.size(); i++) {
        items.put(key + "[" + i + "]", all.get(i));
      }
    } else if (value instanceof YamlNode.Scalar(_, YamlNode.Kind kind, _)
        && kind == YamlNode.Kind.NOTHING) {
      throw unlike(key, "a list", value);
    } else if (value != null) {
      items.put(key, value);
    }
    return items;
  }
}
