package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import io.compot.testing.NaiveAlgebra;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class MatchingPursuitTest {

  @Test
  void choosesAndFitsAsTextbookOmpDoes() {
    try (var _ = TensorScope.open()) {
      for (int s : new int[] {1, 3, 10, 19}) {
        Tensor atoms = unitRows(Matrices.gaussian(37, 20, 4));
        Tensor targets = Matrices.gaussian(15, 20, 5);
        Tensor[] found = run(atoms, targets, s);
        double[][] code = Matrices.rows(found[0]);
        double[][] support = Matrices.rows(found[1]);
        for (int row = 0; row < 15; row++) {
          double[] expected = textbook(Matrices.rows(atoms), Matrices.rows(targets)[row], s);
          for (int i = 0; i < 37; i++) {
            assertThat(code[row][i]).isCloseTo(expected[i], within(2e-4));
            assertThat(support[row][i]).isEqualTo(expected[i] != 0 ? 1 : 0);
          }
        }
      }
    }
  }

  @Test
  void dependentAtomsFillTheSupportWithZeros() {
    try (var _ = TensorScope.open()) {
      Tensor atom = unitRows(Matrices.gaussian(1, 8, 1));
      Tensor[] found = run(atom.repeat(5, 1), atom.repeat(3, 1), 4);
      for (int row = 0; row < 3; row++) {
        double[] code = Matrices.rows(found[0])[row];
        assertThat(code[0]).isCloseTo(1, within(1e-6));
        assertThat(code[1]).isZero();
        assertThat(Matrices.rows(found[1])[row]).containsExactly(1, 1, 1, 1, 0);
      }
    }
  }

  private static Tensor[] run(Tensor atoms, Tensor targets, int s) {
    Tensor gram = atoms.mm(atoms.t()).to(ScalarType.Float).contiguous();
    Tensor correlations = targets.mm(atoms.t()).to(ScalarType.Float).contiguous();
    Tensor code = correlations.clone();
    Tensor support = correlations.clone();
    MatchingPursuit.run(gram, correlations, s, code, support);
    return new Tensor[] {code, support};
  }

  static Tensor unitRows(Tensor rows) {
    return rows.div(rows.square().sum(1).sqrt().unsqueeze(1));
  }

  /** OMP with the residual itself and least squares anew in every step. */
  private static double[] textbook(double[][] atoms, double[] target, int s) {
    int[] support = new int[0];
    double[] code = new double[atoms.length];
    double[] residual = target.clone();
    for (int t = 0; t < s; t++) {
      int best = -1;
      for (int i = 0; i < atoms.length; i++) {
        boolean free = code[i] == 0;
        if (free
            && (best < 0
                || Math.abs(NaiveAlgebra.dot(atoms[i], residual))
                    > Math.abs(NaiveAlgebra.dot(atoms[best], residual)))) {
          best = i;
        }
      }
      support = java.util.Arrays.copyOf(support, t + 1);
      support[t] = best;
      double[][] normal = new double[t + 1][t + 1];
      double[] right = new double[t + 1];
      for (int u = 0; u <= t; u++) {
        right[u] = NaiveAlgebra.dot(atoms[support[u]], target);
        for (int v = 0; v <= t; v++) {
          normal[u][v] = NaiveAlgebra.dot(atoms[support[u]], atoms[support[v]]);
        }
      }
      double[] values = NaiveAlgebra.solve(normal, right);
      residual = target.clone();
      for (int u = 0; u <= t; u++) {
        code[support[u]] = values[u];
        for (int j = 0; j < residual.length; j++) {
          residual[j] -= values[u] * atoms[support[u]][j];
        }
      }
    }
    return code;
  }
}
