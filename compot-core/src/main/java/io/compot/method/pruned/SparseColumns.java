package io.compot.method.pruned;

import static org.bytedeco.pytorch.global.torch.linalg_solve_triangular;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.quantise.Feedback;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The columns of a weight on their way through SparseGPT, in the form of {@link Feedback}: with
 * errors E = W − Q of earlier columns, column k should become w_k + Σ_{j&lt;k} e_j R_jk/R_kk. An
 * entry that stays becomes that; one that goes has the error w_k. Belongs to the scope it is made
 * in.
 */
final class SparseColumns {

  /** Columns of which the entries that go are chosen together. */
  static final int BLOCK = 128;

  /** Of the mean energy of the inputs; what is left of none by rounding is less. */
  private static final double NOTHING = 1e-12;

  private final Tensor upper;

  /** What pruning a weight of 1 costs in each column, [in, 1]. */
  private final Tensor costs;

  /** Wᵀ. */
  private final Tensor columns;

  private final Tensor errors;
  private final Tensor left;

  /**
   * Begins.
   *
   * @param weight [out, in]
   * @param feedback of its input, in natural order
   * @param gram the same input's Gram matrix
   */
  SparseColumns(Tensor weight, Feedback feedback, Tensor gram) {
    this.upper = feedback.upper().to(ScalarType.Double);
    // An input that was always zero costs nothing, whatever stands for it in the feedback.
    Tensor energy = gram.diagonal();
    Tensor dead = energy.le(energy.mean().mul_(new Scalar(NOTHING)));
    this.costs = feedback.costs().masked_fill(dead, new Scalar(0.0)).unsqueeze(1);
    this.columns = weight.to(ScalarType.Double).t().contiguous();
    this.errors = zeros_like(columns);
    this.left = zeros_like(columns);
  }

  /**
   * Prunes it.
   *
   * @param s entries left of a row, in the mean
   */
  void prune(long s, Pattern pattern) {
    long in = columns.size(0);
    long out = columns.size(1);
    long step = pattern.isFree() ? BLOCK : pattern.of();
    long done = 0;
    for (long from = 0; from < in; from += step) {
      try (var _ = TensorScope.open()) {
        long count = Math.min(step, in - from);
        Tensor before = fromEarlier(from, count);
        Tensor scores = free(before, from, count).square_().mul_(costs.narrow(0, from, count));
        Tensor mask;
        if (pattern.isFree()) {
          // Rounded so that the blocks have all of it together.
          long most = s * out * (from + count) / in;
          mask = Pattern.highest(scores.reshape(1, -1), most - done).reshape(count, out);
          done = most;
        } else {
          mask = Pattern.highest(scores.t().contiguous(), pattern.kept()).t();
        }
        left.narrow(0, from, count).copy_(mask);
        settle(before, from, count);
      }
    }
  }

  /** Σ e_j R_jk/R_kk over the columns before a block, [count, out], in the caller's scope. */
  private Tensor fromEarlier(long from, long count) {
    try (var scope = TensorScope.open()) {
      if (from == 0) {
        return scope.keep(zeros_like(columns.narrow(0, 0, count)));
      }
      Tensor part = upper.narrow(0, 0, from).narrow(1, from, count).t();
      return scope.keep(part.mm(errors.narrow(0, 0, from)));
    }
  }

  /** What the columns would be if nothing of them went: with errors that make good all before. */
  private Tensor free(Tensor before, long from, long count) {
    try (var scope = TensorScope.open()) {
      Tensor within = upper.narrow(0, from, count).narrow(1, from, count).t().contiguous();
      Tensor moved = linalg_solve_triangular(within, before, false, true, true);
      return scope.keep(columns.narrow(0, from, count).add(moved));
    }
  }

  /** The errors of a block of which is known what stays. */
  private void settle(Tensor before, long from, long count) {
    for (long k = 0; k < count; k++) {
      try (var _ = TensorScope.open()) {
        Tensor moved = before.select(0, k);
        if (k > 0) {
          Tensor factors = upper.narrow(0, from, k).select(1, from + k);
          moved = moved.add(errors.narrow(0, from, k).t().mv(factors));
        }
        Tensor stays = left.select(0, from + k);
        Tensor column = columns.select(0, from + k);
        // An entry that stays is w + moved; one that goes is 0.
        Tensor error = column.sub(column.add(moved).mul_(stays));
        errors.select(0, from + k).copy_(error);
      }
    }
  }

  /** What has become of it, [out, in]. */
  Tensor weight() {
    return columns.sub(errors).t().contiguous();
  }

  /** Which entries stay, [out, in], Bool. */
  Tensor left() {
    return left.t().to(ScalarType.Bool).contiguous();
  }
}
