package io.compot.method;

import static io.compot.testing.NaiveAlgebra.dot;
import static io.compot.testing.NaiveAlgebra.product;
import static io.compot.testing.NaiveAlgebra.transposed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.method.sparse.CompotMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** COMPOT against its algorithm box written out in loops over doubles. */
class NaiveCompotTest {

  @ParameterizedTest
  @CsvSource({
    "16, 10, 6, 3, 0",
    "16, 10, 10, 4, 0",
    "14, 18, 5, 3, 0",
    "16, 10, 6, 3, 0.5",
    "130, 8, 8, 5, 0.5"
  })
  void factorsAndErrorsAreThoseOfTheAlgorithmBox(int out, int in, int k, int s, double momentum)
      throws FailureException {
    int iterations = 5;
    CompotMethod method = CompotMethod.paper().withIterations(iterations).withMomentum(momentum);
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(in, 80, 3), "p")) {
      Tensor weight = Matrices.gaussian(out, in, 5);
      var problem = new LayerProblem("p", weight, whitening, Dtype.F64, 0);
      try (Factorisation found = method.factorise(problem, SparseForm.plain(k, s, Dtype.F32))) {
        // The columns of LW are the rows here.
        double[][] columns = Matrices.rows(whitening.whiten(weight));
        var naive = new Naive(columns, k, s, momentum);
        List<Double> errors = new ArrayList<>();
        for (int t = 0; t < iterations; t++) {
          naive.iterate();
          errors.add(naive.error());
        }
        for (int t = 0; t < iterations; t++) {
          assertThat(found.iterationErrors().get(t)).isCloseTo(errors.get(t), within(1e-5));
        }
        double[][] rebuilt =
            Matrices.rows(whitening.whiten(Codecs.dense(found.factors(), Dtype.F64)));
        double[][] expected = product(naive.code, transposed(naive.dictionary));
        double size = norm(columns);
        assertThat(norm(difference(rebuilt, expected)) / size).isLessThan(1e-4);
      }
    }
  }

  /** W_L by rows of its transpose, D [p, k], Sᵀ [n, k]. */
  private static final class Naive {

    private final double[][] target;
    private final int s;
    private final double momentum;
    private double[][] dictionary;
    private double[][] code;
    private double[][] dense = {}; // Zᵀ, before the threshold
    private double[][] moved = {}; // D − D_before

    Naive(double[][] target, int k, int s, double momentum) {
      this.target = target;
      this.s = s;
      this.momentum = momentum;
      this.dictionary = leading(product(transposed(target), target), k);
      this.code = threshold();
    }

    void iterate() {
      double[][] m = product(transposed(target), code);
      if (momentum == 0) {
        dictionary = polar(m);
        code = threshold();
        return;
      }
      double last = error();
      double[][] before = dictionary;
      dictionary = ahead(m);
      code = threshold();
      if (error() > last) {
        dictionary = polar(m);
        code = threshold();
        moved = new double[0][];
      } else {
        moved = difference(dictionary, before);
      }
    }

    /** D + Newton step + β(D − D_before), made orthonormal; sums over every stride-th column. */
    private double[][] ahead(double[][] m) {
      int n = target.length;
      int k = dictionary[0].length;
      int p = dictionary.length;
      int stride = Math.toIntExact(Math.max(1, Math.round(n / Math.max(64.0, k))));
      double[][] q = new double[k][k];
      double[] e = new double[k];
      for (int row = 0; row < n; row += stride) {
        double rest = dot(target[row], target[row]) - dot(dense[row], dense[row]);
        for (int i = 0; i < k; i++) {
          boolean inUse = code[row][i] != 0;
          e[i] += inUse && p > k ? rest / (p - k) : 0;
          for (int j = 0; j < k; j++) {
            q[i][j] += inUse ? dense[row][j] * dense[row][j] : 0;
          }
        }
      }
      double[][] c = product(transposed(dictionary), m);
      double[] h = floored(c);
      double[] used = floored(q);
      double[][] next = new double[p][k];
      double[][] outside = difference(m, product(dictionary, c));
      for (int i = 0; i < k; i++) {
        for (int row = 0; row < p; row++) {
          double step = outside[row][i] / (h[i] * Math.max(0.2, 1 - e[i] / used[i]));
          next[row][i] = p > k ? step : 0;
          next[row][i] += moved.length > 0 ? momentum * moved[row][i] : 0;
          for (int j = 0; j < k; j++) {
            double left = 1 - (q[i][j] + q[j][i]) / (used[i] + used[j]);
            double bent = (h[i] + h[j]) * Math.max(0.05, left);
            next[row][i] += dictionary[row][j] * (c[j][i] - c[i][j]) / bent;
          }
        }
      }
      for (double[] step : transposed(next)) {
        assertThat(dot(step, step)).as("within the longest step").isLessThan(1);
      }
      for (int row = 0; row < p; row++) {
        for (int i = 0; i < k; i++) {
          next[row][i] += dictionary[row][i];
        }
      }
      return orthonormal(next);
    }

    double error() {
      return norm(difference(target, product(code, transposed(dictionary)))) / norm(target);
    }

    private double[][] threshold() {
      double[][] all = product(target, dictionary);
      dense = product(target, dictionary);
      for (double[] row : all) {
        double[] sizes = Arrays.stream(row).map(Math::abs).sorted().toArray();
        double least = sizes[sizes.length - s];
        for (int i = 0; i < row.length; i++) {
          row[i] = Math.abs(row[i]) >= least ? row[i] : 0;
        }
      }
      return all;
    }
  }

  /** Leading eigenvectors as columns, by orthogonal iteration. */
  private static double[][] leading(double[][] symmetric, int k) {
    double[][] rows = Matrices.rows(Matrices.gaussian(symmetric.length, symmetric.length, 9));
    for (int round = 0; round < 20_000; round++) {
      rows = product(rows, symmetric);
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < i; j++) {
          subtract(rows[i], rows[j], dot(rows[i], rows[j]));
        }
        divide(rows[i], Math.sqrt(dot(rows[i], rows[i])));
      }
    }
    return transposed(Arrays.copyOf(rows, k));
  }

  /** The diagonal, but a thousandth of its mean at least. */
  private static double[] floored(double[][] square) {
    double[] diagonal = new double[square.length];
    Arrays.setAll(diagonal, i -> square[i][i]);
    double least = 1e-3 * Arrays.stream(diagonal).average().orElseThrow();
    return Arrays.stream(diagonal).map(value -> Math.max(value, least)).toArray();
  }

  /** Gram and Schmidt, column after column. */
  private static double[][] orthonormal(double[][] x) {
    double[][] columns = transposed(x);
    for (int i = 0; i < columns.length; i++) {
      for (int j = 0; j < i; j++) {
        subtract(columns[i], columns[j], dot(columns[i], columns[j]));
      }
      divide(columns[i], Math.sqrt(dot(columns[i], columns[i])));
    }
    return transposed(columns);
  }

  private static void subtract(double[] from, double[] what, double times) {
    for (int i = 0; i < from.length; i++) {
      from[i] -= times * what[i];
    }
  }

  private static void divide(double[] vector, double by) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= by;
    }
  }

  /** X ← X(3I − XᵀX)/2 from X = M/‖M‖ ends at the polar factor of a matrix of full rank. */
  private static double[][] polar(double[][] m) {
    double size = norm(m);
    double[][] x = new double[m.length][];
    for (int i = 0; i < m.length; i++) {
      x[i] = Arrays.stream(m[i]).map(value -> value / size).toArray();
    }
    for (int round = 0; round < 200; round++) {
      double[][] gram = product(transposed(x), x);
      for (int i = 0; i < gram.length; i++) {
        for (int j = 0; j < gram.length; j++) {
          gram[i][j] = ((i == j ? 3 : 0) - gram[i][j]) / 2;
        }
      }
      x = product(x, gram);
    }
    return x;
  }

  private static double[][] difference(double[][] a, double[][] b) {
    double[][] result = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        result[i][j] = a[i][j] - b[i][j];
      }
    }
    return result;
  }

  private static double norm(double[][] a) {
    return Math.sqrt(Arrays.stream(a).mapToDouble(row -> dot(row, row)).sum());
  }
}
