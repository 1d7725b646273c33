package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PolarFactorTest {

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  /** M = DH with a known D and a symmetric positive definite H. */
  @Test
  void svdFindsAKnownFactor() {
    Tensor d = orthonormal(30, 12, 1);
    Tensor m = d.mm(positive(12, 2)).to(ScalarType.Float);
    assertThat(PolarFactor.bySvd(m).sub(d).abs().amax().item_double()).isLessThan(1e-4);
  }

  @Test
  void rankDeficientMatricesStillGiveOrthonormalColumns() {
    Tensor m = Matrices.gaussian(30, 12, 1).to(ScalarType.Float);
    m.narrow(1, 3, 2).zero_();
    for (Tensor each : new Tensor[] {m, m.mul(new Scalar(0.0))}) {
      assertOrthonormal(PolarFactor.bySvd(each));
    }
  }

  /** From near the factor, steps converge to it, and no step lowers tr(DᵀM). */
  @Test
  void newtonStepsConvergeToTheFactor() {
    Tensor exact = orthonormal(60, 40, 1);
    Tensor h = positive(40, 2);
    Tensor m = exact.mm(h).to(ScalarType.Float);
    Tensor noise = Matrices.gaussian(60, 40, 3).mul(new Scalar(0.01));
    Tensor d = PolarFactor.bySvd(exact.add(noise).to(ScalarType.Float));
    double start = d.sub(exact).norm().item_double();
    double trace = d.mul(m).sum().item_double();
    for (int i = 0; i < 8; i++) {
      Tensor next = PolarFactor.newtonStep(d, m);
      assertThat(next).isNotNull();
      assertOrthonormal(next);
      double nextTrace = next.mul(m).sum().item_double();
      assertThat(nextTrace).isGreaterThanOrEqualTo(trace * (1 - 1e-6));
      trace = nextTrace;
      d = next;
    }
    assertThat(d.sub(exact).norm().item_double()).isLessThan(start / 20);
  }

  /** An atom without energy stays, orthonormal to the others. */
  @Test
  void newtonStepKeepsDeadAtoms() {
    Tensor d = orthonormal(60, 40, 1).to(ScalarType.Float);
    Tensor m = d.mm(positive(40, 2).to(ScalarType.Float));
    m.narrow(1, 7, 1).zero_();
    Tensor next = PolarFactor.newtonStep(d, m);
    assertThat(next).isNotNull();
    assertOrthonormal(next);
    double kept = next.narrow(1, 7, 1).mul(d.narrow(1, 7, 1)).sum().item_double();
    assertThat(kept).isGreaterThan(0.9);
  }

  /**
   * Far from the factor a step is refused and the update is exact: as near as rounding M to F32
   * lets any algorithm come. A change E of M turns its polar factor by up to 2‖E‖ / (σ_n + σ_{n-1})
   * (Li, SIAM J. Matrix Anal. Appl. 16, 1995), with σ the singular values of M, here the
   * eigenvalues of H; and a backward stable decomposition of n columns answers for an M that is off
   * by ‖E‖ = √n u σ_1, u = 2⁻²⁴. How much of that is used is up to the kernels of the processor's
   * BLAS, so the bound itself is what is asked for; H is uneven by little enough that it says
   * something.
   */
  @Test
  void updatesFromAfarAreExact() {
    int columns = 300;
    Tensor exact = orthonormal(400, columns, 1);
    Tensor h = positive(columns, 2, 0.3);
    Tensor m = exact.mm(h).to(ScalarType.Float);
    Tensor d = orthonormal(400, columns, 5).to(ScalarType.Float);
    PolarFactor.update(d, m);

    Tensor sigma = torch.linalg_eigvalsh(h);
    double smallest = sigma.narrow(0, 0, 2).sum().item_double();
    double moved = Math.sqrt(columns) * Math.scalb(1.0, -24) * sigma.amax().item_double();
    double bound = 2 * moved / smallest;
    assertThat(bound).as("a bound that says something").isLessThan(1e-3);
    assertThat(d.sub(exact).abs().amax().item_double()).isLessThan(bound);
  }

  private static Tensor orthonormal(long rows, long columns, long seed) {
    return PolarFactor.bySvd(Matrices.gaussian(rows, columns, seed));
  }

  /** A dominant diagonal of very uneven size, symmetric and positive definite. */
  private static Tensor positive(long size, long seed) {
    return positive(size, seed, 1);
  }

  private static Tensor positive(long size, long seed, double unevenness) {
    Tensor mixed = Matrices.gaussian(size, 20 * size, seed);
    Tensor gram = mixed.mm(mixed.t()).div_(new Scalar(20.0 * size));
    Tensor uneven = Matrices.gaussian(size, 1, seed + 1).mul_(new Scalar(unevenness)).exp();
    return gram.mul(uneven).mul(uneven.t());
  }

  private static void assertOrthonormal(Tensor d) {
    Tensor identity = torch.eye(d.size(1), d.options());
    double off = d.t().mm(d).sub(identity).abs().amax().item_double();
    assertThat(off).isLessThan(1e-5);
  }
}
