package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.linalg_cholesky_ex;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * CoSpaDi's algorithm (arXiv 2509.22075, Algorithm 1) written down in libtorch operations as it is
 * printed: the yardstick for speed. For all columns at once, s times: correlate the residual with
 * all atoms, take the best, solve least squares on the support anew by its Gram matrix. Then for
 * each atom 8 power iterations on the gathered residual of the columns that use it.
 */
final class PlainCospadi {

  private static final int POWER_ITERATIONS = 8;

  private PlainCospadi() {}

  /** Relative errors after each iteration, for targets T = (LW)ᵀ, [n, p], F32. */
  static List<Double> run(Tensor targets, int k, int s, int iterations, long seed) {
    List<Double> errors = new ArrayList<>();
    try (var _ = TensorScope.open()) {
      Tensor atoms = firstAtoms(targets, k, seed);
      Tensor code = zeros(new long[] {targets.size(0), k}, new TensorOptions(ScalarType.Float));
      for (int t = 0; t < iterations; t++) {
        try (var _ = TensorScope.open()) {
          code.copy_(pursue(targets, atoms, s));
          Tensor residual = targets.sub(code.mm(atoms));
          for (int i = 0; i < k; i++) {
            updateAtom(residual, code.select(1, i), atoms.select(0, i));
          }
          double error = targets.sub(code.mm(atoms)).norm().item_double();
          errors.add(error / targets.norm().item_double());
        }
      }
    }
    return errors;
  }

  private static Tensor firstAtoms(Tensor targets, int k, long seed) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < targets.size(0); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(seed));
    try (var scope = TensorScope.open()) {
      Tensor atoms = zeros(new long[] {k, targets.size(1)}, new TensorOptions(ScalarType.Float));
      for (int i = 0; i < k; i++) {
        Tensor row = targets.select(0, order.get(i));
        atoms.select(0, i).copy_(row.div(row.norm()));
      }
      return scope.keep(atoms);
    }
  }

  private static Tensor pursue(Tensor targets, Tensor atoms, int s) {
    try (var scope = TensorScope.open()) {
      long n = targets.size(0);
      long k = atoms.size(0);
      Tensor gram = atoms.mm(atoms.t());
      Tensor correlations = targets.mm(atoms.t());
      Tensor residual = targets.clone();
      Tensor code = zeros(new long[] {n, k}, new TensorOptions(ScalarType.Float));
      Tensor free = code.add(new Scalar(1.0));
      Tensor chosen = zeros(new long[] {n, s}, new TensorOptions(ScalarType.Long));
      for (int t = 1; t <= s; t++) {
        try (var _ = TensorScope.open()) {
          Tensor best = residual.mm(atoms.t()).abs_().add_(new Scalar(1e-30)).mul_(free);
          Tensor atom = best.argmax(new LongOptional(1), true);
          chosen.narrow(1, t - 1, 1).copy_(atom);
          free.scatter_(1, atom, new Scalar(0.0));
          Tensor support = chosen.narrow(1, 0, t);
          Tensor rows = gram.index_select(0, support.flatten()).view(n, t, k);
          Tensor index = support.unsqueeze(1).expand(n, t, t);
          Tensor normal = rows.gather(2, index).add_(ridge(t));
          Tensor right = correlations.gather(1, support).unsqueeze(2);
          Tensor root = linalg_cholesky_ex(normal).get0();
          Tensor values = torch.cholesky_solve(right, root).squeeze(2);
          code.scatter_(1, support, values);
          residual.copy_(targets.sub(code.mm(atoms)));
        }
      }
      return scope.keep(code);
    }
  }

  /** Keeps single precision positive definite. */
  private static Tensor ridge(int t) {
    return eye(t, new TensorOptions(ScalarType.Float)).mul_(new Scalar(1e-6));
  }

  private static void updateAtom(Tensor residual, Tensor coefficients, Tensor atom) {
    try (var _ = TensorScope.open()) {
      Tensor users = coefficients.nonzero().flatten();
      if (users.numel() == 0) {
        return;
      }
      Tensor x = coefficients.index_select(0, users);
      Tensor error = residual.index_select(0, users).addr_(x, atom);
      for (int i = 0; i < POWER_ITERATIONS; i++) {
        Tensor direction = error.t().mv(x);
        atom.copy_(direction.div(direction.norm()));
        x = error.mv(atom);
      }
      coefficients.index_copy_(0, users, x);
      residual.index_copy_(0, users, error.sub(torch.outer(x, atom)));
    }
  }
}
