package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import io.compot.testing.NaiveAlgebra;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class AtomUpdateTest {

  private static final int N = 30;
  private static final int P = 12;
  private static final int K = 7;

  /** One problem: targets, atoms, a code of three entries a row, its support. */
  private record Problem(Tensor targets, Tensor atoms, Tensor code, Tensor support) {

    static Problem random() {
      Tensor targets = Matrices.gaussian(N, P, 1).to(ScalarType.Float);
      Tensor atoms = MatchingPursuitTest.unitRows(Matrices.gaussian(K, P, 2));
      Tensor code = Matrices.gaussian(N, K, 3).to(ScalarType.Float);
      io.compot.tensor.HardThreshold.keepLargest(code, 3);
      Tensor support = code.ne(new Scalar(0.0)).to(ScalarType.Float);
      return new Problem(targets, atoms.to(ScalarType.Float), code, support);
    }

    Problem swept(int block, int powerIterations) {
      var copy = new Problem(targets, atoms.clone(), code.clone(), support);
      Tensor residual = targets.sub(code.mm(atoms));
      AtomUpdate.sweep(residual, copy.code, support, copy.atoms, block, powerIterations);
      Tensor anew = targets.sub(copy.code.mm(copy.atoms));
      assertThat(residual.sub(anew).abs().amax().item_double()).isLessThan(1e-4);
      return copy;
    }

    double error() {
      return targets.sub(code.mm(atoms)).norm().item_double();
    }
  }

  @Test
  void oneAtomBecomesTheLeadingSingularPairOfItsResidual() {
    try (var _ = TensorScope.open()) {
      Problem problem = Problem.random();
      Tensor only = torch.zeros_like(problem.code);
      only.narrow(1, 0, 1).copy_(problem.code.narrow(1, 0, 1));
      var single =
          new Problem(
              problem.targets, problem.atoms, only, only.ne(new Scalar(0.0)).to(ScalarType.Float));
      Problem swept = single.swept(1, 300);
      Tensor used = single.targets.mul(single.support.narrow(1, 0, 1));
      double largest = torch.linalg_svdvals(used).amax().item_double();
      Tensor found = swept.code.narrow(1, 0, 1);
      assertThat(found.norm().item_double()).isCloseTo(largest, within(1e-3));
      assertThat(swept.atoms.narrow(0, 0, 1).norm().item_double()).isCloseTo(1, within(1e-5));
      Tensor others = swept.atoms.narrow(0, 1, K - 1).sub(single.atoms.narrow(0, 1, K - 1));
      assertThat(others.abs().amax().item_double()).isZero();
    }
  }

  @Test
  void aSweepIsTextbookKSvd() {
    try (var _ = TensorScope.open()) {
      Problem problem = Problem.random();
      for (int power : new int[] {1, 8}) {
        Problem swept = problem.swept(1, power);
        assertSame(problem, swept, power);
      }
      // With one power iteration blocks change nothing but the order of the arithmetic.
      for (int block : new int[] {2, 3, 7, 32}) {
        assertSame(problem, problem.swept(block, 1), 1);
      }
    }
  }

  @Test
  void noSweepRaisesTheError() {
    try (var _ = TensorScope.open()) {
      Problem problem = Problem.random();
      for (int block : new int[] {1, 3, 32}) {
        double last = problem.error();
        Problem swept = problem;
        for (int i = 0; i < 10; i++) {
          swept = swept.swept(block, 2);
          assertThat(swept.error()).isLessThanOrEqualTo(last * (1 + 1e-6));
          last = swept.error();
        }
        assertThat(last).isLessThan(0.9 * problem.error());
      }
    }
  }

  private static void assertSame(Problem problem, Problem swept, int powerIterations) {
    double[][] atoms = Matrices.rows(problem.atoms);
    double[][] code = Matrices.rows(problem.code);
    textbook(Matrices.rows(problem.targets), atoms, code, powerIterations);
    Tensor expectedAtoms = Matrices.tensor(atoms);
    Tensor expectedCode = Matrices.tensor(code);
    assertThat(expectedAtoms.sub(swept.atoms).abs().amax().item_double()).isLessThan(1e-4);
    assertThat(expectedCode.sub(swept.code).abs().amax().item_double()).isLessThan(1e-3);
  }

  /** Atom after atom on the rows that use it: E = T − Σ_{l≠i} x_l a_l, a ← Eᵀx/‖·‖, x ← Ea. */
  private static void textbook(
      double[][] targets, double[][] atoms, double[][] code, int powerIterations) {
    for (int i = 0; i < atoms.length; i++) {
      for (int iteration = 0; iteration < powerIterations; iteration++) {
        double[] direction = new double[atoms[i].length];
        for (int row = 0; row < targets.length; row++) {
          double[] error = error(targets[row], atoms, code[row], i);
          for (int j = 0; j < direction.length; j++) {
            direction[j] += error[j] * code[row][i];
          }
        }
        double length = Math.sqrt(NaiveAlgebra.dot(direction, direction));
        for (int j = 0; j < direction.length; j++) {
          atoms[i][j] = direction[j] / length;
        }
        for (int row = 0; row < targets.length; row++) {
          if (code[row][i] != 0) {
            code[row][i] = NaiveAlgebra.dot(error(targets[row], atoms, code[row], i), atoms[i]);
          }
        }
      }
    }
  }

  private static double[] error(double[] target, double[][] atoms, double[] code, int without) {
    double[] error = target.clone();
    for (int l = 0; l < atoms.length; l++) {
      for (int j = 0; l != without && j < error.length; j++) {
        error[j] -= code[l] * atoms[l][j];
      }
    }
    return error;
  }
}
