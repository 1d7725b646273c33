package io.compot.evaluation.result;

import io.compot.error.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A figure read back from a results file.
 *
 * @param protocol what two figures must have in common to be compared
 * @param samples a part a document; empty where the file has none
 * @param weights a weight a document; all 1 where the file has none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record StoredFigure(
    String name,
    String metric,
    double value,
    boolean higherIsBetter,
    JsonNode protocol,
    double[] samples,
    double[] weights) {

  /** Only those that a kind of figure has are compared. */
  private static final List<String> COMPARED =
      List.of(
          "harness",
          "version",
          "split",
          "files",
          "sha256",
          "reading",
          "window",
          "bos",
          "tokens",
          "shots",
          "seed",
          "documents",
          "original");

  private static final int SHOWN = 60;

  static StoredFigure of(Path file, JsonNode entry) throws InputException {
    JsonNode value = entry.path("value");
    if (!entry.path("name").isString() || !entry.path("metric").isString() || !value.isNumber()) {
      throw InputException.in(
          file, "a result lacks name, metric or value", "give what eval --json wrote");
    }
    double[] samples = numbers(file, entry.path("samples"));
    double[] weights = numbers(file, entry.path("weights"));
    if (weights.length == 0) {
      weights = new double[samples.length];
      Arrays.fill(weights, 1);
    }
    if (weights.length != samples.length) {
      throw InputException.in(
          file, "a result has more weights than samples", "give what eval --json wrote");
    }
    return new StoredFigure(
        entry.path("name").stringValue(),
        entry.path("metric").stringValue(),
        value.doubleValue(),
        entry.path("higher_is_better").asBoolean(false),
        entry.path("protocol"),
        samples,
        weights);
  }

  private static double[] numbers(Path file, JsonNode array) throws InputException {
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!array.get(i).isNumber()) {
        throw InputException.in(
            file, "a result has samples that are no numbers", "give what eval --json wrote");
      }
      numbers[i] = array.get(i).doubleValue();
    }
    return numbers;
  }

  /**
   * Why two figures cannot be compared: the first field of the protocol in which they differ, with
   * both values; "" where they can.
   */
  String difference(StoredFigure other) {
    for (String field : COMPARED) {
      JsonNode own = protocol.path(field);
      JsonNode others = other.protocol.path(field);
      if (!contents(own).equals(contents(others))) {
        return "%s: %s and %s".formatted(field, shown(own), shown(others));
      }
    }
    return samples.length == other.samples.length
        ? ""
        : "samples: %d and %d".formatted(samples.length, other.samples.length);
  }

  /** Files may have other names: what counts is their digests. */
  private static Object contents(JsonNode value) {
    return value.isObject() ? value.valueStream().map(JsonNode::toString).sorted().toList() : value;
  }

  private static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "nothing" : value.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
