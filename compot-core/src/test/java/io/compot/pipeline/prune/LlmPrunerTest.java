package io.compot.pipeline.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.GroupChoice.BlockGroups;
import io.compot.method.structured.LlmPrunerMethod;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import io.compot.testing.NaiveAlgebra;
import io.compot.testing.PublishedFormulas;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Against what the published formulas give with torch and transformers. */
class LlmPrunerTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  @ParameterizedTest
  @CsvSource({
    "first, sum",
    "second, sum",
    "mixed, sum",
    "vector, sum",
    "first, mean",
    "mixed, max",
    "second, prod"
  })
  void importancesAreThoseOfThePublishedFormulas(String taylor, String reduce) throws Exception {
    JsonNode expected = PublishedFormulas.of("llm-pruner");
    LlmPrunerMethod method =
        LlmPrunerMethod.SCHEMA.of(Map.of("taylor", taylor, "reduce", reduce, "blocks", "all"));
    int compared = 0;
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(MODEL);
        WorkFolder work = WorkFolder.temporary()) {
      PruningJob job = ReplaceMeTest.job(model);
      Map<Integer, BlockGroups> found =
          new ChannelRemoval(method, job, work, Run.of(ProgressListener.none())).importances();
      for (int block = 0; block < 4; block++) {
        JsonNode of = expected.path("%s-%s-%d".formatted(taylor, reduce, block));
        if (of.isMissingNode()) {
          continue;
        }
        BlockGroups groups = Objects.requireNonNull(found.get(block));
        compared += same(of.path("heads"), groups.heads());
        compared += same(of.path("channels"), groups.channels());
        assertThat(groups.channels()).hasSize(352);
        // q, k, v and o of one of two heads; gate, up and down of one of 352 channels; in F32.
        assertThat(groups.headBits()).isEqualTo(32L * 128 * (64 + 32 + 32 + 64));
        assertThat(groups.channelBits()).isEqualTo(32L * 128 * 3);
      }
    }
    assertThat(compared).isGreaterThanOrEqualTo(10);
  }

  private static int same(JsonNode expected, List<Double> found) {
    for (int i = 0; i < expected.size(); i++) {
      double value = expected.get(i).asDouble();
      assertThat(found.get(i)).isCloseTo(value, within(2e-3 * Math.abs(value)));
    }
    return expected.size();
  }

  /** W_K with W_K x_K nearest to W x, column by column of the normal equations. */
  @Test
  void refittedIsTheLeastSquares() {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(5, 12, 1);
      Tensor gram = Matrices.gram(12, 60, 2);
      long[] places = {0, 3, 4, 7, 8, 11};
      double[][] found = Matrices.rows(Refitting.fit(weight, gram, places));
      double[][] w = Matrices.rows(weight);
      double[][] g = Matrices.rows(gram);
      double mean = 0;
      for (long place : places) {
        mean += g[(int) place][(int) place] / places.length;
      }
      for (int row = 0; row < 5; row++) {
        double[][] square = new double[places.length][places.length];
        double[] right = new double[places.length];
        for (int i = 0; i < places.length; i++) {
          for (int j = 0; j < places.length; j++) {
            square[i][j] = g[(int) places[i]][(int) places[j]] + (i == j ? 1e-4 * mean : 0);
          }
          right[i] = NaiveAlgebra.dot(g[(int) places[i]], w[row]);
        }
        double[] expected = NaiveAlgebra.solve(square, right);
        for (int i = 0; i < places.length; i++) {
          assertThat(found[row][(int) places[i]]).isCloseTo(expected[i], within(1e-6));
        }
        assertThat(found[row][1]).isEqualTo(w[row][1]);
      }
    }
  }
}
