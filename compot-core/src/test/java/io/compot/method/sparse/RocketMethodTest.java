package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import io.compot.testing.NaiveAlgebra;
import io.compot.testing.Unpacked;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class RocketMethodTest {

  private static final int IN = 14;
  private static final int OUT = 22;
  private static final SparseForm SIZE = SparseForm.plain(10, 5, Dtype.F64);

  @Test
  void followsThePaperStepByStep() throws FailureException {
    for (double lambda : new double[] {0, 0.5, 1}) {
      for (double beta : new double[] {0, 5e-3, 0.25}) {
        check(lambda, beta);
      }
    }
  }

  private static void check(double lambda, double beta) throws FailureException {
    RocketMethod method = new RocketMethod(2, lambda, beta, 1e-8, false);
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(IN, 60, 3), "p")) {
      Tensor weight = Matrices.gaussian(OUT, IN, 8);
      var problem = new LayerProblem("p", weight, whitening, Dtype.F64, 0);
      try (Factorisation found = method.factorise(problem, SIZE)) {
        var factors = Unpacked.of(found.factors());
        boolean[][] expected = support(weight, whitening, lambda, beta);
        double[][] code = Matrices.rows(factors.code());
        int nonzeros = 0;
        for (int row = 0; row < OUT; row++) {
          for (int i = 0; i < code[row].length; i++) {
            assertThat(code[row][i] != 0).isEqualTo(expected[row][i]);
            nonzeros += code[row][i] != 0 ? 1 : 0;
          }
        }
        assertThat((long) nonzeros).isEqualTo(factors.nonzeros()).isEqualTo(SIZE.s() * OUT);
        assertThat(found.factors().bits()).isEqualTo(SIZE.bits(IN, OUT));
        // Whatever the scale of the code, the dictionary is the least squares one for it.
        double[][] best = leastSquares(code, Matrices.rows(weight));
        Tensor difference = factors.dictionary().sub(Matrices.tensor(best));
        double largest = factors.dictionary().abs().amax().item_double();
        assertThat(difference.abs().amax().item_double()).isLessThan(1e-5 * largest);
      }
    }
  }

  @Test
  void ridgeShrinksTheDictionary() throws FailureException {
    double last = Double.POSITIVE_INFINITY;
    for (double mu : new double[] {1e-8, 0.1, 1, 10}) {
      try (var _ = TensorScope.open();
          Whitening whitening = Whitening.of(Matrices.gram(IN, 60, 3), "p")) {
        var problem = new LayerProblem("p", Matrices.gaussian(OUT, IN, 8), whitening, Dtype.F64, 0);
        try (Factorisation found =
            new RocketMethod(2, 0.5, 5e-3, mu, false).factorise(problem, SIZE)) {
          double norm =
              whitening.whiten(Codecs.dense(found.factors(), Dtype.F64)).norm().item_double();
          assertThat(norm).isLessThan(last);
          last = norm;
        }
      }
    }
  }

  @Test
  void refittedValuesLowerTheError() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(IN, 60, 3), "p")) {
      var problem = new LayerProblem("p", Matrices.gaussian(OUT, IN, 8), whitening, Dtype.F64, 0);
      RocketMethod refit = new RocketMethod(2, 0.5, 5e-3, 1e-8, true);
      try (Factorisation plain = RocketMethod.paper().factorise(problem, SIZE);
          Factorisation fitted = refit.factorise(problem, SIZE)) {
        assertThat(fitted.whitenedError().orElseThrow())
            .isLessThan(0.999 * plain.whitenedError().orElseThrow());
        // At a least squares optimum the residual is orthogonal to every used atom.
        var factors = Unpacked.of(fitted.factors());
        Tensor residual =
            whitening.whiten(problem.weight().sub(Codecs.dense(fitted.factors(), Dtype.F64)));
        Tensor gradient = residual.mm(whitening.whiten(factors.dictionary()).t());
        Tensor used = gradient.mul(factors.code().ne(new org.bytedeco.pytorch.Scalar(0.0)));
        assertThat(used.norm().item_double() / gradient.norm().item_double())
            .isCloseTo(0, within(1e-4));
      }
    }
  }

  /** A with WLᵀ ≈ code·A·Lᵀ: the whitening cancels, since least squares holds column by column. */
  private static double[][] leastSquares(double[][] code, double[][] weight) {
    double[][] normal = NaiveAlgebra.product(NaiveAlgebra.transposed(code), code);
    double[][] right = NaiveAlgebra.product(NaiveAlgebra.transposed(code), weight);
    for (int i = 0; i < normal.length; i++) {
      // An atom without any nonzero is zero, as the ridge makes it.
      normal[i][i] = normal[i][i] == 0 ? 1 : normal[i][i];
    }
    double[][] columns = new double[IN][];
    for (int j = 0; j < IN; j++) {
      columns[j] = NaiveAlgebra.solve(normal, NaiveAlgebra.transposed(right)[j]);
    }
    return NaiveAlgebra.transposed(columns);
  }

  private static boolean[][] support(
      Tensor weight, Whitening whitening, double lambda, double beta) {
    Tensor target = whitening.whiten(weight);
    var svd = org.bytedeco.pytorch.global.torch.linalg_svd(target);
    Tensor basis = svd.get2().narrow(0, 0, SIZE.k()); // rows are eigenvectors of (LW)(LW)ᵀ
    double[][] coefficients = Matrices.rows(target.mm(basis.t()));
    double[][] unwhitened = Matrices.rows(whitening.dewhiten(basis));
    int k = (int) SIZE.k();
    double[] importance = new double[OUT * k];
    for (int e = 0; e < importance.length; e++) {
      double length = Math.sqrt(NaiveAlgebra.dot(unwhitened[e % k], unwhitened[e % k]));
      importance[e] = Math.abs(coefficients[e / k][e % k]) * Math.pow(length, lambda);
    }
    boolean[][] support = new boolean[OUT][k];
    int first = (int) Math.max(1, Math.floor(SIZE.s() - beta * k));
    Comparator<Integer> byImportance = Comparator.comparingDouble(e -> -importance[e]);
    for (int row = 0; row < OUT; row++) {
      IntStream.range(row * k, (row + 1) * k)
          .boxed()
          .sorted(byImportance)
          .limit(first)
          .forEach(e -> support[e / k][e % k] = true);
    }
    IntStream.range(0, OUT * k)
        .boxed()
        .filter(e -> !support[e / k][e % k])
        .sorted(byImportance)
        .limit(SIZE.s() * OUT - (long) first * OUT)
        .toList()
        .forEach(e -> support[e / k][e % k] = true);
    return support;
  }
}
