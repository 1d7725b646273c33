package io.compot.text;

import io.compot.error.InputException;
import io.compot.error.JsonProblem;
import io.compot.error.Shown;
import io.compot.file.ForeignContent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON files of a checkpoint: valid UTF-8, no duplicate keys, bounded nesting, nothing behind
 * the document, and (where asked) finite numbers only. The decimal spelling of numbers survives as
 * far as Jackson's BigDecimal allows, and the order of fields always does.
 */
public final class StrictJson {

  private static final int DEEPEST = 64;
  private static final int LONGEST_NUMBER = 400;

  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNumberLength(LONGEST_NUMBER)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Parsed, so that a message can name the field that holds a NaN; written as they came.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .build();

  private static final JsonMapper MAPPER =
      JsonMapper.builder(FACTORY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private StrictJson() {}

  /**
   * The JSON object in a file, all of whose numbers are finite.
   *
   * @param atMost the largest size in bytes that such a file may have
   */
  public static ObjectNode object(Path file, long atMost) throws InputException {
    return object(file, atMost, true);
  }

  /** The same, but numbers may be none, as other programs write them: who reads one looks at it. */
  public static ObjectNode lenient(Path file, long atMost) throws InputException {
    return object(file, atMost, false);
  }

  private static ObjectNode object(Path file, long atMost, boolean finite) throws InputException {
    if (!Files.isRegularFile(file)) {
      throw InputException.in(file, "there is no such file", "complete the checkpoint folder");
    }
    try {
      long size = Files.size(file);
      if (size == 0) {
        throw InputException.in(file, "the file is empty", "download or write it again");
      }
      if (size > atMost) {
        throw InputException.in(
            file,
            "the file has %d bytes, far more than such a file ever needs (%d)"
                .formatted(size, atMost),
            "is it really the file its name says?");
      }
      Optional<ForeignContent> foreign = ForeignContent.of(start(file));
      if (foreign.isPresent()) {
        throw foreign.get().refuse(file);
      }
      try (Reader reader =
          new BufferedReader(
              new InputStreamReader(
                  Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()))) {
        JsonNode tree = MAPPER.readTree(reader);
        if (!(tree instanceof ObjectNode object)) {
          throw InputException.in(
              file,
              "expected a JSON object { ... }, found " + kind(tree),
              "restore the original file");
        }
        refuseLies(file, "", object, finite);
        return object;
      }
    } catch (JacksonException e) {
      throw InputException.in(
          file,
          "not valid JSON: " + JsonProblem.of(e),
          "the file is damaged or cut off: restore it");
    } catch (NumberFormatException e) { // Jackson's answer to exponents beyond an int
      throw InputException.in(
          file, "not valid JSON: a number has an exponent beyond all bounds", "correct it");
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /** The tree as text, indented, in UTF-8. */
  public static byte[] write(JsonNode tree) {
    return (MAPPER.writeValueAsString(tree) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** "a string", "an array", ... for messages. */
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT -> "an object";
      case STRING -> "the string \"" + Shown.of(node.stringValue()) + "\"";
      case NULL -> "null";
      case MISSING -> "nothing";
      default -> Shown.of(node.toString());
    };
  }

  /** A number as a double, infinite where it is out of range. */
  static double asDouble(JsonNode number) {
    return number.isDouble() ? number.doubleValue() : number.decimalValue().doubleValue();
  }

  private static byte[] start(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(64);
    }
  }

  /** Numbers that are none, and text that no UTF-8 can hold: other readers end on them. */
  private static void refuseLies(Path file, String path, JsonNode node, boolean finite)
      throws InputException {
    if (node.isObject()) {
      for (var field : node.properties()) {
        String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        refuseHalves(file, name, field.getKey());
        refuseLies(file, name, field.getValue(), finite);
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        refuseLies(file, path + "[" + i + "]", node.get(i), finite);
      }
    } else if (node.isString()) {
      refuseHalves(file, path, node.stringValue());
    } else if (finite && node.isNumber() && !Double.isFinite(asDouble(node))) {
      throw InputException.in(
          file,
          Shown.of(path),
          Shown.of(node.asString()) + " is not a finite number",
          "write a number that a double can hold");
    }
  }

  private static void refuseHalves(Path file, String path, String text) throws InputException {
    if (!Shown.wellFormed(text)) {
      throw InputException.in(
          file,
          Shown.of(path),
          "its text has half of a surrogate pair, which is no Unicode",
          "restore the original file");
    }
  }
}
