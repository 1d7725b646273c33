package io.compot.method.pruned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.form.MaskedForm;
import io.compot.form.codec.Codecs;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against what the published loops give with torch: {@code make_fixtures.py}. */
class PublishedMasksTest {

  private static final int OUT = 8;
  private static final int IN = 256;
  private static final int TOKENS = 400;
  private static final Path EXPECTED =
      Path.of("src", "test", "resources", "pruning", "expected.json");

  private static double[][] waves(int rows, int seed) {
    double[][] waves = new double[rows][IN];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < IN; j++) {
        waves[i][j] = Math.sin((seed + i * 37 + 11 * j * j + i * j * (i + 3)) % 1021);
      }
    }
    return waves;
  }

  @ParameterizedTest
  @CsvSource({"wanda, free", "wanda, 2:4", "sparsegpt, free", "sparsegpt, 2:4"})
  void whatStaysIsWhatThePublishedLoopsLeave(String name, String pattern) throws Exception {
    JsonNode expected =
        JsonMapper.shared()
            .readTree(EXPECTED.toFile())
            .path("masks")
            .path("%s-%s".formatted(name, pattern));
    CompressionMethod method =
        (name.equals("wanda") ? WandaMethod.SCHEMA : SparseGptMethod.SCHEMA)
            .of(Map.of("pattern", pattern));
    double[][] inputs = waves(TOKENS, 2);
    for (double[] token : inputs) {
      for (int j = 0; j < IN; j++) {
        token[j] *= 0.2 + j % 7;
      }
    }
    try (var _ = TensorScope.open()) {
      Tensor x = Matrices.tensor(inputs);
      var problem = Matrices.tensor(waves(OUT, 1));
      try (Whitening whitening = Whitening.of(x.t().mm(x), "p");
          Factorisation made =
              method.factorise(
                  new LayerProblem("p", problem, whitening, Dtype.F64, 1),
                  MaskedForm.plain(IN / 2, Dtype.F64))) {
        double[][] found = Matrices.rows(Codecs.dense(made.factors(), Dtype.F64));
        for (int row = 0; row < OUT; row++) {
          var kept = new StringBuilder();
          for (double entry : found[row]) {
            kept.append(entry == 0 ? '0' : '1');
          }
          assertThat(kept).as("row %d", row).hasToString(expected.path("kept").get(row).asString());
        }
        for (int j = 0; j < IN; j++) {
          // The feedback is kept in single precision.
          assertThat(found[3][j]).isCloseTo(expected.path("row").get(j).asDouble(), within(2e-4));
        }
      }
    }
  }
}
