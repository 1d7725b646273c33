package io.compot.method;

import static io.compot.testing.NaiveAlgebra.dot;
import static io.compot.testing.NaiveAlgebra.product;
import static io.compot.testing.NaiveAlgebra.transposed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.FailureException;
import io.compot.factor.SparseSize;
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
  @CsvSource({"16, 10, 6, 3, 0", "16, 10, 10, 4, 0", "14, 18, 5, 3, 0", "16, 10, 6, 3, 0.9"})
  void factorsAndErrorsAreThoseOfTheAlgorithmBox(int out, int in, int k, int s, double momentum)
      throws FailureException {
    int iterations = 5;
    CompotMethod method = CompotMethod.paper().withIterations(iterations).withMomentum(momentum);
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(in, 80, 3), "p")) {
      Tensor weight = Matrices.gaussian(out, in, 5);
      var problem = new LayerProblem("p", weight, whitening, Dtype.F64, 0);
      try (Factorisation found = method.factorise(problem, new SparseSize(k, s))) {
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
        double[][] rebuilt = Matrices.rows(whitening.whiten(found.factors().dense(Dtype.F64)));
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
    private boolean moving;
    private double[][] before = {};

    Naive(double[][] target, int k, int s, double momentum) {
      this.target = target;
      this.s = s;
      this.momentum = momentum;
      this.dictionary = leading(product(transposed(target), target), k);
      this.code = threshold();
    }

    void iterate() {
      double[][] m = product(transposed(target), code);
      double[][] ahead = m;
      if (moving) {
        ahead = new double[m.length][m[0].length];
        for (int i = 0; i < m.length; i++) {
          for (int j = 0; j < m[i].length; j++) {
            ahead[i][j] = m[i][j] + momentum * (m[i][j] - before[i][j]);
          }
        }
      }
      double last = error();
      dictionary = polar(ahead);
      code = threshold();
      if (moving && error() > last) {
        dictionary = polar(m);
        code = threshold();
        moving = false;
      } else {
        before = m;
        moving = momentum > 0;
      }
    }

    double error() {
      return norm(difference(target, product(code, transposed(dictionary)))) / norm(target);
    }

    private double[][] threshold() {
      double[][] all = product(target, dictionary);
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
          double part = dot(rows[i], rows[j]);
          for (int c = 0; c < rows[i].length; c++) {
            rows[i][c] -= part * rows[j][c];
          }
        }
        double length = Math.sqrt(dot(rows[i], rows[i]));
        for (int c = 0; c < rows[i].length; c++) {
          rows[i][c] /= length;
        }
      }
    }
    return transposed(Arrays.copyOf(rows, k));
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
