package io.compot.text;

import io.compot.error.InputException;
import io.compot.error.Quoted;
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
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON files of a checkpoint: valid UTF-8, no duplicate keys, bounded nesting, nothing behind
 * the document, and finite numbers only. The decimal spelling of numbers survives as far as
 * Jackson's BigDecimal allows, and the order of fields always does.
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
          // Parsed, so that the finiteness check below can name the field that holds a NaN.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
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
   * The JSON object in a file.
   *
   * @param atMost the largest size in bytes that such a file may have
   */
  public static ObjectNode object(Path file, long atMost) throws InputException {
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
        refuseLies(file, "", object);
        return object;
      }
    } catch (JacksonException e) {
      throw InputException.in(
          file, "not valid JSON: " + reason(e), "the file is damaged or cut off: restore it");
    } catch (NumberFormatException e) { // Jackson's answer to exponents beyond an int
      throw InputException.in(
          file, "not valid JSON: " + Quoted.of(e.toString()), "correct the number");
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /** The tree as text, indented, in UTF-8. */
  public static byte[] write(JsonNode tree) {
    return (MAPPER.writeValueAsString(tree) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** A Jackson failure on one line, with the place in the document. */
  public static String reason(JacksonException e) {
    if (e instanceof StreamConstraintsException) {
      return reasonOfLimit(e);
    }
    String message = e.getOriginalMessage();
    var place = e.getLocation();
    String where =
        place == null || place.getLineNr() < 1
            ? ""
            : " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr());
    return Quoted.of(message == null ? "unreadable" : message.lines().findFirst().orElse(""))
        + where;
  }

  /** Jackson would name its own settings, which users of ours cannot change. */
  private static String reasonOfLimit(JacksonException e) {
    String message = String.valueOf(e.getOriginalMessage());
    if (message.contains("nesting depth")) {
      return "its nesting is more than " + DEEPEST + " levels deep";
    }
    return message.contains("umber")
        ? "a number has more than " + LONGEST_NUMBER + " digits"
        : "a name or text in it is too long";
  }

  public static InputException unreadable(Path file, IOException e) {
    return new InputException(
        file + ": cannot be read (" + e + "); check that it exists and its permissions", e);
  }

  /** "a string", "an array", ... for messages. */
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT -> "an object";
      case STRING -> "the string \"" + Quoted.of(node.stringValue()) + "\"";
      case NULL -> "null";
      case MISSING -> "nothing";
      default -> Quoted.of(node.toString());
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
  private static void refuseLies(Path file, String path, JsonNode node) throws InputException {
    if (node.isObject()) {
      for (var field : node.properties()) {
        String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        refuseHalves(file, name, field.getKey());
        refuseLies(file, name, field.getValue());
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        refuseLies(file, path + "[" + i + "]", node.get(i));
      }
    } else if (node.isString()) {
      refuseHalves(file, path, node.stringValue());
    } else if (node.isNumber() && !Double.isFinite(asDouble(node))) {
      throw InputException.in(
          file,
          Quoted.of(path),
          Quoted.of(node.asString()) + " is not a finite number",
          "write a number that a double can hold");
    }
  }

  private static void refuseHalves(Path file, String path, String text) throws InputException {
    if (!Quoted.wellFormed(text)) {
      throw InputException.in(
          file,
          Quoted.of(path),
          "its text has half of a surrogate pair, which is no Unicode",
          "restore the original file");
    }
  }
}
