package io.compot.method.pruned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.form.MaskedForm;
import io.compot.form.codec.Codecs;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.setting.Refused;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import io.compot.testing.NaiveAlgebra;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the algorithms as their papers and codes write them down, in plain loops. */
class PrunedMethodsTest {

  private static final int IN = 280;
  private static final int OUT = 6;

  @ParameterizedTest
  @CsvSource({"free, 150", "2:4, 140", "4:8, 140"})
  void wandaKeepsWhatItsScoreSays(String pattern, int s) throws Exception {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(OUT, IN, 1);
      Tensor gram = Matrices.gram(IN, 400, 2);
      double[][] w = Matrices.rows(weight);
      double[][] g = Matrices.rows(gram);
      double[][] expected = new double[OUT][IN];
      int of = pattern.equals("free") ? IN : pattern.charAt(2) - '0';
      int kept = pattern.equals("free") ? s : pattern.charAt(0) - '0';
      for (int row = 0; row < OUT; row++) {
        for (int from = 0; from < IN; from += of) {
          int r = row;
          IntStream.range(from, from + of)
              .boxed()
              .sorted(Comparator.comparingDouble(j -> -Math.abs(w[r][j]) * Math.sqrt(g[j][j])))
              .limit(kept)
              .forEach(j -> expected[r][j] = w[r][j]);
        }
      }
      var method = WandaMethod.SCHEMA.of(Map.of("pattern", pattern));
      check(method, weight, gram, s, expected, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"free, 150", "2:4, 140", "4:8, 140"})
  void sparseGptIsThePublishedAlgorithm(String pattern, int s) throws Exception {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(OUT, IN, 3);
      Tensor gram = Matrices.gram(IN, 4000, 4);
      double[][] w = Matrices.rows(weight);
      double[][] expected = published(w, Matrices.rows(gram), s, pattern);
      var method = SparseGptMethod.SCHEMA.of(Map.of("pattern", pattern));
      // The feedback is kept in single precision.
      check(method, weight, gram, s, expected, 2e-4);
    }
  }

  private static void check(
      CompressionMethod method, Tensor weight, Tensor gram, int s, double[][] expected, double most)
      throws Exception {
    var form = MaskedForm.plain(s, Dtype.F64);
    try (Whitening whitening = Whitening.of(gram, "p");
        Factorisation made =
            method.factorise(new LayerProblem("p", weight, whitening, Dtype.F64, 1), form)) {
      assertThat(made.factors().bits()).isEqualTo(form.bits(IN, OUT));
      double[][] found = Matrices.rows(Codecs.dense(made.factors(), Dtype.F64));
      for (int row = 0; row < OUT; row++) {
        for (int j = 0; j < IN; j++) {
          assertThat(found[row][j]).as("%d, %d", row, j).isCloseTo(expected[row][j], within(most));
          assertThat(found[row][j] == 0).isEqualTo(expected[row][j] == 0);
        }
      }
    }
  }

  /** {@code fasterprune}, with as many entries left as are asked for. */
  private static double[][] published(double[][] weight, double[][] gram, int s, String pattern) {
    double mean = IntStream.range(0, IN).mapToDouble(j -> gram[j][j]).average().orElseThrow();
    for (int j = 0; j < IN; j++) {
      gram[j][j] += 0.01 * mean;
    }
    double[][] u = upper(inverse(gram));
    double[][] w = NaiveAlgebra.product(weight, identity());
    boolean[][] gone = new boolean[OUT][IN];
    int of = pattern.equals("free") ? 0 : pattern.charAt(2) - '0';
    for (int from = 0; from < IN; from += SparseColumns.BLOCK) {
      int to = Math.min(IN, from + SparseColumns.BLOCK);
      if (of == 0) {
        int kept = s * OUT * to / IN - s * OUT * from / IN;
        dearest(w, u, from, to, 0, OUT).stream()
            .skip(kept)
            .forEach(at -> gone[at[0]][at[1]] = true);
      }
      for (int j = from; j < to; j++) {
        if (of > 0 && j % of == 0) {
          for (int row = 0; row < OUT; row++) {
            dearest(w, u, j, j + of, row, row + 1).stream()
                .skip(pattern.charAt(0) - '0')
                .forEach(at -> gone[at[0]][at[1]] = true);
          }
        }
        for (int row = 0; row < OUT; row++) {
          if (gone[row][j]) {
            double error = w[row][j] / u[j][j];
            for (int k = j; k < IN; k++) {
              w[row][k] -= error * u[j][k];
            }
            w[row][j] = 0;
          }
        }
      }
    }
    return w;
  }

  /** Entries of a part of a weight, those first whose loss costs most. */
  private static List<int[]> dearest(
      double[][] w, double[][] u, int from, int to, int firstRow, int lastRow) {
    return IntStream.range(firstRow, lastRow)
        .boxed()
        .flatMap(row -> IntStream.range(from, to).mapToObj(j -> new int[] {row, j}))
        .sorted(Comparator.comparingDouble(at -> -Math.pow(w[at[0]][at[1]] / u[at[1]][at[1]], 2)))
        .toList();
  }

  private static double[][] identity() {
    double[][] one = new double[IN][IN];
    for (int j = 0; j < IN; j++) {
      one[j][j] = 1;
    }
    return one;
  }

  private static double[][] inverse(double[][] a) {
    double[][] columns = identity();
    for (int j = 0; j < IN; j++) {
      columns[j] = NaiveAlgebra.solve(a, columns[j]);
    }
    return NaiveAlgebra.transposed(columns);
  }

  /** U upper triangular with A = UᵀU. */
  private static double[][] upper(double[][] a) {
    double[][] u = new double[IN][IN];
    for (int i = 0; i < IN; i++) {
      for (int j = i; j < IN; j++) {
        double sum = a[i][j];
        for (int k = 0; k < i; k++) {
          sum -= u[k][i] * u[k][j];
        }
        u[i][j] = j == i ? Math.sqrt(sum) : sum / u[i][i];
      }
    }
    return u;
  }

  /** What inputs never reach goes first, and what is made good in others lowers the error. */
  @Test
  void deadInputsGoFirstAndSparseGptLosesLess() throws Exception {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(OUT, 40, 5);
      Tensor gram = Matrices.gram(40, 100, 6);
      gram.select(0, 7).zero_();
      gram.select(1, 7).zero_();
      double[] errors = new double[2];
      try (Whitening whitening = Whitening.of(gram, "p")) {
        var problem = new LayerProblem("p", weight, whitening, Dtype.F32, 1);
        List<CompressionMethod> both =
            List.of(WandaMethod.SCHEMA.standard(), SparseGptMethod.SCHEMA.standard());
        for (int i = 0; i < 2; i++) {
          try (Factorisation made =
              both.get(i).factorise(problem, MaskedForm.plain(24, Dtype.F32))) {
            Tensor dense = Codecs.dense(made.factors(), Dtype.F64);
            assertThat(dense.select(1, 7).abs().amax().item_double()).isZero();
            errors[i] = made.whitenedError().orElseThrow();
          }
        }
      }
      assertThat(errors[1]).isLessThan(0.9 * errors[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({"4:2", "0:4", "2:128", "half", "2/4"})
  void patternsThatMakeNoSenseAreRefused(String written) {
    assertThatThrownBy(() -> WandaMethod.SCHEMA.of(Map.of("pattern", written)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("free, or N:M such as 2:4");
  }

  /** The one size of n of m is had where a row is a multiple of m, and within the budget. */
  @Test
  void aPatternIsASize() throws Exception {
    var method = WandaMethod.SCHEMA.of(Map.of("pattern", "2:4"));
    assertThat(method.sizesItself()).isTrue();
    assertThat(method.forms(64, 32, Dtype.BF16)).containsExactly(MaskedForm.plain(32, Dtype.BF16));
    assertThat(method.size(64, 32, Dtype.BF16, 0.43)).isPresent();
    assertThat(method.size(64, 32, Dtype.BF16, 0.44)).isEmpty();
    assertThat(method.forms(66, 32, Dtype.BF16)).isEmpty();
  }
}
