package io.compot.export;

import io.compot.error.InputException;
import io.compot.text.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.databind.JsonNode;

/** What a packed folder's report says of the errors that its projections have; errors in words. */
public final class ReportedError {

  private static final String REPORT = "compression-report.json";
  private static final long LARGEST = 256L << 20;

  private ReportedError() {}

  /** A relative error for people: 0.57%, 9.6%, 31%. */
  public static String percent(double part) {
    return (part < 0.1 ? "%.2g%%" : "%.0f%%").formatted(100 * part);
  }

  /**
   * The mean over all projections: of their outputs where the text was looked at, else of the
   * weights.
   *
   * @return "9.6% of their outputs"; empty where there is no report, or it says nothing of that
   */
  public static Optional<String> mean(Path folder) throws InputException {
    Path report = folder.resolve(REPORT);
    if (!Files.isRegularFile(report)) {
      return Optional.empty();
    }
    JsonNode layers = StrictJson.object(report, LARGEST).path("layers");
    return mean(layers, "whitened", "outputs").or(() -> mean(layers, "weight", "weights"));
  }

  private static Optional<String> mean(JsonNode layers, String measure, String of) {
    OptionalDouble mean =
        layers
            .valueStream()
            .map(layer -> layer.path("relative_error").path(measure))
            .filter(JsonNode::isNumber)
            .mapToDouble(JsonNode::doubleValue)
            .average();
    return mean.isPresent()
        ? Optional.of("%s of their %s".formatted(percent(mean.getAsDouble()), of))
        : Optional.empty();
  }
}
