package io.compot.evaluation.result;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Results as JSON: an object whose {@code results} is a list of figures. */
public final class ResultsFile {

  private static final long LARGEST = 1L << 30;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private ResultsFile() {}

  /**
   * A figure as it stands in {@code results}, ready for a JSON writer.
   *
   * @return name, metric, value, standard_error, higher_is_better, chance, documents, protocol,
   *     samples and weights; what there is none of is left out
   */
  public static Map<String, Object> entry(Measurement measurement) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", measurement.name());
    entry.put("metric", measurement.metric());
    entry.put("value", measurement.value());
    put(entry, "standard_error", measurement.standardError());
    entry.put("higher_is_better", measurement.higherIsBetter());
    put(entry, "chance", measurement.chance());
    entry.put("documents", measurement.documents());
    entry.put("protocol", measurement.protocol());
    putNumbers(entry, "samples", measurement.samples());
    putNumbers(entry, "weights", measurement.weights());
    return entry;
  }

  /** Right or wrong is 1 or 0, not 1.0 or 0.0: a third of the file. */
  private static void putNumbers(Map<String, Object> entry, String name, List<Double> values) {
    if (values.stream().allMatch(each -> each == each.longValue())) {
      put(entry, name, values.isEmpty() ? null : values.stream().map(Double::longValue).toList());
    } else {
      entry.put(name, values);
    }
  }

  private static void put(Map<String, Object> entry, String name, @Nullable Object value) {
    if (value != null) {
      entry.put(name, value);
    }
  }

  /**
   * The figures of a results file, as far as they can be compared.
   *
   * @throws InputException where it is no such file
   */
  public static List<StoredFigure> read(Path file) throws InputException {
    List<StoredFigure> figures = new ArrayList<>();
    for (JsonNode each : tree(file).path("results")) {
      figures.add(StoredFigure.of(file, each));
    }
    return figures;
  }

  /**
   * A results file as it stands, for a page of it.
   *
   * @throws InputException where it is no such file
   */
  public static Object whole(Path file) throws InputException {
    return tree(file);
  }

  private static JsonNode tree(Path file) throws InputException {
    try {
      if (!Files.isRegularFile(file)) {
        throw InputException.in(file, "there is no such file", "give what eval --json wrote");
      }
      if (Files.size(file) > LARGEST) {
        throw InputException.in(file, "the file is too large", "give what eval --json wrote");
      }
      JsonNode whole = MAPPER.readTree(Files.readString(file));
      if (!whole.path("results").isArray()) {
        throw InputException.in(file, "there is no list results", "give what eval --json wrote");
      }
      return whole;
    } catch (JacksonException e) {
      throw new InputException(file + ": not valid JSON; give what eval --json wrote", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); check the file", e);
    }
  }
}
