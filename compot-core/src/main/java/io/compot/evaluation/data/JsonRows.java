package io.compot.evaluation.data;

import io.compot.error.InputException;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON Lines, or one JSON array of objects. */
final class JsonRows {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private JsonRows() {}

  static List<Row> read(Path file, boolean gzip) throws IOException, InputException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = gzip ? new GZIPInputStream(raw) : raw;
        var reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      return rows(file, reader);
    } catch (EOFException e) {
      throw InputException.in(file, "the gzip stream is cut off", "download the file again");
    } catch (ZipException e) {
      throw InputException.in(
          file, "not a gzip file (" + e.getMessage() + ")", "download the file again");
    } catch (CharacterCodingException e) {
      throw InputException.in(file, "not valid UTF-8 text", "save the file as UTF-8");
    }
  }

  private static List<Row> rows(Path file, BufferedReader reader)
      throws IOException, InputException {
    List<Row> rows = new ArrayList<>();
    long number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
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
      String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      throw new InputException(
          "%s: line %d: not valid JSON (%s); the file is damaged or cut off: download it again"
              .formatted(file, line, reason),
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
