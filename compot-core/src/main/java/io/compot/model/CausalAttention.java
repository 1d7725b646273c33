package io.compot.model;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import io.compot.tensor.Dtype;
import io.compot.tensor.SingleBlasThread;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Scaled dot-product attention in which a token sees itself and what came before. Computed in F32
 * whatever the type of its inputs: more exact, and libtorch has no fast product of small BF16
 * matrices on the CPU, which made attention take longer than all projections together.
 */
final class CausalAttention {

  /** A window that never ends. */
  static final long NO_WINDOW = Long.MAX_VALUE;

  private CausalAttention() {}

  /**
   * softmax(q kᵀ / √d) v over the tokens that each token may see.
   *
   * @param q [B, heads, T, d], the last T of S positions
   * @param k [B, kvHeads, S, d]; kvHeads divides heads
   * @param v [B, kvHeads, S, d]
   * @param window a token sees itself and the window - 1 tokens before it
   * @return [B, heads, T, d], in the caller's scope
   */
  static Tensor attend(Tensor q, Tensor k, Tensor v, long window) {
    // libtorch spreads the heads over threads; each head's products must not spread again.
    try (var scope = TensorScope.open();
        var _ = SingleBlasThread.open()) {
      long count = q.size(2);
      long seen = k.size(2);
      if (count == 1 && seen > window) {
        return scope.keep(
            attend(
                q, k.narrow(2, seen - window, window), v.narrow(2, seen - window, window), window));
      }
      boolean whole = count == 1; // one token sees everything that is left
      boolean plain = count == seen && seen <= window;
      TensorOptional mask =
          whole || plain ? new TensorOptional() : new TensorOptional(mask(count, seen, window));
      return scope.keep(attend(q, k, v, mask, plain && !whole));
    }
  }

  /**
   * The same where the rows are trees.
   *
   * @param q [B, heads, T, d]
   * @param k [B, kvHeads, S, d]: those of the cache and the T of the trees
   */
  static Tensor attend(Tensor q, Tensor k, Tensor v, long window, TokenTrees trees) {
    try (var scope = TensorScope.open();
        var _ = SingleBlasThread.open()) {
      long trunk = trees.trunk();
      long rest = q.size(2) - trunk;
      long seen = k.size(2) - rest;
      Tensor first =
          attend(q.narrow(2, 0, trunk), k.narrow(2, 0, seen), v.narrow(2, 0, seen), window);
      Tensor branches =
          attend(q.narrow(2, trunk, rest), k, v, new TensorOptional(trees.mask(window)), false);
      // In the order in which attention writes and the next projection reads.
      Tensor all = cat(new TensorVector(first.transpose(1, 2), branches.transpose(1, 2)), 1);
      return scope.keep(all.transpose(1, 2));
    }
  }

  private static Tensor attend(Tensor q, Tensor k, Tensor v, TensorOptional mask, boolean causal) {
    try (var scope = TensorScope.open()) {
      boolean grouped = q.size(1) != k.size(1);
      Tensor mixed =
          scaled_dot_product_attention(
              single(q), single(k), single(v), mask, 0, causal, new DoubleOptional(), grouped);
      return scope.keep(mixed.to(q.scalar_type()));
    }
  }

  /** Doubles stay what they are: the gradient's tests compute in them. */
  private static Tensor single(Tensor x) {
    return x.scalar_type() == ScalarType.Double ? x : x.to(ScalarType.Float);
  }

  /** [T, S], true where position S - T + row may see position column. */
  private static Tensor mask(long count, long seen, long window) {
    try (var scope = TensorScope.open()) {
      var whole = new TensorOptions(Dtype.I64.scalarType());
      Tensor rows = arange(new Scalar(seen - count), new Scalar(seen), whole).unsqueeze(1);
      Tensor columns = arange(new Scalar(seen), whole).unsqueeze(0);
      Tensor visible = columns.le(rows);
      if (seen > window) {
        visible = visible.logical_and(rows.sub(columns).lt(new Scalar(window)));
      }
      return scope.keep(visible);
    }
  }
}
