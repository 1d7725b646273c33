package io.compot.evaluation.result;

import io.compot.error.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A figure read back from a results file.
 *
 * @param protocol what two figures must have in common to be compared
 * @param samples a part a document; empty where the file has none
 * @param weights a weight a document; all 1 where the file has none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record Figure(
    String name,
    String metric,
    double value,
    boolean higherIsBetter,
    JsonNode protocol,
    double[] samples,
    double[] weights) {

  private static final Set<String> COMPARED =
      Set.of("version", "split", "files", "documents", "shots", "seed", "sha256", "window", "bos");

  static Figure of(Path file, JsonNode entry) throws InputException {
    JsonNode value = entry.path("value");
    if (!entry.path("name").isString() || !entry.path("metric").isString() || !value.isNumber()) {
      throw InputException.in(
          file, "a result lacks name, metric or value", "give what eval --json wrote");
    }
    double[] samples = numbers(entry.path("samples"));
    double[] weights = numbers(entry.path("weights"));
    if (weights.length == 0) {
      weights = new double[samples.length];
      Arrays.fill(weights, 1);
    }
    if (weights.length != samples.length) {
      throw InputException.in(
          file, "a result has more weights than samples", "give what eval --json wrote");
    }
    return new Figure(
        entry.path("name").stringValue(),
        entry.path("metric").stringValue(),
        value.doubleValue(),
        entry.path("higher_is_better").asBoolean(false),
        entry.path("protocol"),
        samples,
        weights);
  }

  private static double[] numbers(JsonNode array) {
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).asDouble();
    }
    return numbers;
  }

  /** The first field of the protocol in which two figures differ, or "" where they agree. */
  String difference(Figure other) {
    return COMPARED.stream()
        .sorted()
        .filter(field -> !protocol.path(field).equals(other.protocol.path(field)))
        .findFirst()
        .orElse("");
  }
}
