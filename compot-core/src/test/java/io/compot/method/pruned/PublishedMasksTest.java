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
import io.compot.testing.PublishedFormulas;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Against what the published loops give with torch: {@code make_fixtures.py}. */
class PublishedMasksTest {

  private static final int OUT = 8;
  private static final int IN = 256;
  private static final int TOKENS = 400;

  @ParameterizedTest
  @CsvSource({"wanda, free", "wanda, 2:4", "sparsegpt, free", "sparsegpt, 2:4"})
  void whatStaysIsWhatThePublishedLoopsLeave(String name, String pattern) throws Exception {
    JsonNode expected = PublishedFormulas.of("masks").path("%s-%s".formatted(name, pattern));
    CompressionMethod method =
        (name.equals("wanda") ? WandaMethod.SCHEMA : SparseGptMethod.SCHEMA)
            .of(Map.of("pattern", pattern));
    try (var _ = TensorScope.open()) {
      Tensor x = Matrices.tensor(PublishedFormulas.tokens(TOKENS, IN, 2));
      Tensor weight = Matrices.tensor(PublishedFormulas.waves(OUT, IN, 1));
      try (Whitening whitening = Whitening.of(x.t().mm(x), "p");
          Factorisation made =
              method.factorise(
                  new LayerProblem("p", weight, whitening, Dtype.F64, 1),
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
