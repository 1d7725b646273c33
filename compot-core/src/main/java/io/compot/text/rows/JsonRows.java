package io.compot.text.rows;

import io.compot.error.InputException;
import io.compot.error.JsonProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON Lines, or one JSON array of objects. */
public final class JsonRows {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // as Python writes them
          .build();

  private JsonRows() {}

  /**
   * All rows of a file, which may be packed.
   *
   * @throws InputException naming the file and the line, or the row of an array, that is no object
   */
  public static List<Row> read(Path file) throws IOException, InputException {
    try (InputStream in = Packed.open(file, Files.newInputStream(file));
        var reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      return rows(file, reader);
    } catch (CharacterCodingException e) {
      throw InputException.in(file, "not valid UTF-8 text", "save the file as UTF-8");
    } catch (IOException e) {
      throw Packed.refuse(file, e);
    }
  }

  private static List<Row> rows(Path file, BufferedReader reader)
      throws IOException, InputException {
    List<Row> rows = new ArrayList<>();
    long number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (number == 1 && line.startsWith("\uFEFF")) {
        line = line.substring(1);
      }
      if (rows.isEmpty() && line.stripLeading().startsWith("[")) {
        return array(file, line, reader);
      }
      if (!line.isBlank()) {
        rows.add(new Row(file, number, object(file, number, parse(file, number, line))));
      }
    }
    return rows;
  }

  private static List<Row> array(Path file, String first, BufferedReader reader)
      throws IOException, InputException {
    var whole = new StringBuilder(first);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      whole.append('\n').append(line);
    }
    List<Row> rows = new ArrayList<>();
    for (JsonNode each : parse(file, 1, whole.toString())) {
      long number = rows.size() + 1L;
      rows.add(new Row(file, number, object(file, number, each)));
    }
    return rows;
  }

  private static JsonNode parse(Path file, long line, String json) throws InputException {
    try {
      return MAPPER.readTree(json);
    } catch (JacksonException e) {
      throw new InputException(
          "%s: line %d: not valid JSON (%s); the file is damaged or cut off: download it again"
              .formatted(file, line, JsonProblem.withoutPlace(e)),
          e);
    }
  }

  private static ObjectNode object(Path file, long number, JsonNode node) throws InputException {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new InputException(
        "%s: row %d: expected a JSON object { column: value, ... }; give one object a line"
            .formatted(file, number));
  }
}
