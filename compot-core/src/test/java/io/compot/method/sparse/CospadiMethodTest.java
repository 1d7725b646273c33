package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import io.compot.testing.Unpacked;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class CospadiMethodTest {

  @Test
  void fastSettingsReachTheErrorOfThePaper() throws FailureException {
    List<Double> paper = run(CospadiMethod.paper().withIterations(30), 32, 48);
    List<Double> fast = run(CospadiMethod.fast().withIterations(45), 32, 48);
    assertThat(fast.getLast()).isLessThan(1.01 * paper.getLast());
    assertThat(paper.getLast()).isLessThan(0.8 * paper.getFirst());
    for (int i = 1; i < fast.size(); i++) {
      assertThat(fast.get(i)).isLessThanOrEqualTo(fast.get(i - 1) * (1 + 1e-5));
    }
  }

  @Test
  void stopsWhereIterationsGainLittle() throws FailureException {
    CospadiMethod method = new CospadiMethod(2, 80, 2, 1e-3, Pursuit.STAGED, 32);
    assertThat(run(method, 24, 40)).hasSizeBetween(3, 79);
  }

  @Test
  void takesMoreAtomsThanDimensions() throws FailureException {
    var size =
        (SparseForm) CospadiMethod.fast().withRho(4).size(16, 256, Dtype.BF16, 0.1).orElseThrow();
    assertThat(size.k()).isGreaterThan(16);
    assertThat(size.bits(16, 256)).isLessThanOrEqualTo((long) (0.9 * 16 * 256 * 16));
    assertThat(SparseForm.plain(size.k() + 4, size.s() + 1, Dtype.BF16).bits(16, 256))
        .isGreaterThan((long) (0.9 * 16 * 256 * 16));
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(16, 60, 3), "p")) {
      Tensor weight = Matrices.gaussian(256, 16, 8);
      var problem = new LayerProblem("p", weight, whitening, Dtype.F32, 5);
      for (var method : List.of(CospadiMethod.fast(), CospadiMethod.paper())) {
        try (Factorisation found = method.withIterations(8).factorise(problem, size)) {
          var factors = Unpacked.of(found.factors());
          assertThat(factors.form().k()).isEqualTo(size.k());
          assertThat(found.iterationErrors().getLast())
              .isLessThan(found.iterationErrors().getFirst());
          double[][] code = Matrices.rows(factors.code());
          for (double[] row : code) {
            // The support is told by bits: a zero inside it is negative.
            long nonzeros =
                java.util.Arrays.stream(row)
                    .filter(v -> Double.doubleToRawLongBits(v) != 0)
                    .count();
            assertThat(nonzeros).isEqualTo(size.s());
          }
        }
      }
    }
  }

  private static List<Double> run(CospadiMethod method, long in, long out) throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(in, 4 * in, 3), "p")) {
      var problem = new LayerProblem("p", Matrices.gaussian(out, in, 8), whitening, Dtype.F32, 5);
      var size = method.size(in, out, Dtype.BF16, 0.2).orElseThrow();
      try (Factorisation found = method.factorise(problem, size)) {
        return found.iterationErrors();
      }
    }
  }
}
