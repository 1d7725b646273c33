package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.StoredFactors;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Inputs that hardly vary in some directions, where atoms are as large as those are small. */
class DewhiteningTest {

  private static final int IN = 48;
  private static final int OUT = 64;

  /** Variances from 1 down to so many powers of ten less, in directions of no channel's own. */
  private static Tensor gram(double decades) {
    Tensor basis = torch.linalg_qr(Matrices.gaussian(IN, IN, 5)).get0();
    double[] variances = new double[IN];
    for (int i = 0; i < IN; i++) {
      variances[i] = Math.pow(10, -decades * i / (IN - 1));
    }
    return basis.mul(Tensor.create(variances)).mm(basis.t());
  }

  /** The same atoms as they come are the trouble. */
  @Test
  void undampedTheyRoundToSomethingElse() throws FailureException {
    var size = SparseForm.plain(IN, IN, Dtype.BF16);
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(gram(12), "p")) {
      Tensor weight = Matrices.gaussian(OUT, IN, 1);
      var problem = new LayerProblem("p", weight, whitening, Dtype.BF16, 3);
      // A dictionary of all dimensions loses nothing; each atom looks into every direction.
      Tensor atoms = torch.linalg_qr(Matrices.gaussian(IN, IN, 6)).get0();
      Tensor code = whitening.whiten(weight).mm(atoms.t());
      try (Factorisation plain =
              StoredFactors.sparse(problem, code, whitening.dewhiten(atoms), size, List.of(0.0));
          Factorisation damped =
              new Dewhitening(problem, whitening, atoms, code).stored(size, List.of(0.0))) {
        assertThat(plain.whitenedError().orElseThrow()).isGreaterThan(0.05);
        assertThat(damped.whitenedError().orElseThrow())
            .isLessThan(0.3 * plain.whitenedError().orElseThrow());
      }
    }
  }
}
