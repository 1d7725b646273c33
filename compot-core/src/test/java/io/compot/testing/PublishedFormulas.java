package io.compot.testing;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code pruning/make_fixtures.py} found by published formulas, and what it found it of. */
public final class PublishedFormulas {

  private static final Path EXPECTED =
      Path.of("src", "test", "resources", "pruning", "expected.json");

  private PublishedFormulas() {}

  /** What it found by a method. */
  public static JsonNode of(String method) {
    return JsonMapper.shared().readTree(EXPECTED.toFile()).path(method);
  }

  /** Its {@code waves}. */
  public static double[][] waves(int rows, int columns, int seed) {
    double[][] waves = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        waves[i][j] = Math.sin((seed + i * 37 + 11 * j * j + i * j * (i + 3)) % 1021);
      }
    }
    return waves;
  }

  /** The same as tokens, whose inputs have sizes of their own. */
  public static double[][] tokens(int rows, int columns, int seed) {
    double[][] tokens = waves(rows, columns, seed);
    for (double[] token : tokens) {
      for (int j = 0; j < columns; j++) {
        token[j] *= 0.2 + j % 7;
      }
    }
    return tokens;
  }
}
