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
import org.jspecify.annotations.Nullable;

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
   * softmax(scores of q and k) v over the tokens that each token may see.
   *
   * @param q [B, heads, T, d], the last T of S positions
   * @param k [B, kvHeads, S, d]; kvHeads divides heads
   * @param v [B, kvHeads, S, d]
   * @param scoring with its window: a token sees itself and the window - 1 tokens before it
   * @return [B, heads, T, d], in the caller's scope
   */
  static Tensor attend(Tensor q, Tensor k, Tensor v, Scoring scoring) {
    long window = scoring.window();
    // libtorch spreads the heads over threads; each head's products must not spread again.
    try (var scope = TensorScope.open();
        var _ = SingleBlasThread.open()) {
      long count = q.size(2);
      long seen = k.size(2);
      if (count == 1 && seen > window) {
        Tensor lastKeys = k.narrow(2, seen - window, window);
        return scope.keep(attend(q, lastKeys, v.narrow(2, seen - window, window), scoring));
      }
      boolean whole = count == 1; // one token sees everything that is left
      boolean plain = count == seen && seen <= window;
      boolean causal = plain && !whole;
      boolean masked = !whole && (!plain || scoring.softcap() != 0);
      return scope.keep(
          attend(q, k, v, scoring, masked ? mask(count, seen, window) : null, causal));
    }
  }

  /**
   * The same where every position sees all.
   *
   * @param q [B, heads, T, d]
   * @param k [B, heads, S, d]
   * @param v [B, heads, S, d]
   */
  static Tensor attendToAll(Tensor q, Tensor k, Tensor v) {
    try (var _ = SingleBlasThread.open()) {
      return attend(q, k, v, Scoring.of(q.size(3), NO_WINDOW), null, false);
    }
  }

  /**
   * The same where the rows are trees.
   *
   * @param q [B, heads, T, d]
   * @param k [B, kvHeads, S, d]: those of the cache and the T of the trees
   */
  static Tensor attend(Tensor q, Tensor k, Tensor v, Scoring scoring, TokenTrees trees) {
    try (var scope = TensorScope.open();
        var _ = SingleBlasThread.open()) {
      long trunk = trees.trunk();
      long rest = q.size(2) - trunk;
      long seen = k.size(2) - rest;
      Tensor first =
          attend(q.narrow(2, 0, trunk), k.narrow(2, 0, seen), v.narrow(2, 0, seen), scoring);
      Tensor branches =
          attend(q.narrow(2, trunk, rest), k, v, scoring, trees.mask(scoring.window()), false);
      // In the order in which attention writes and the next projection reads.
      Tensor all = cat(new TensorVector(first.transpose(1, 2), branches.transpose(1, 2)), 1);
      return scope.keep(all.transpose(1, 2));
    }
  }

  /**
   * @param mask true, or a number to add, where a token sees another; null where it sees all that
   *     come before it, or where there is but one
   * @param causal whether it sees only what comes before it, where there is no mask
   */
  private static Tensor attend(
      Tensor q, Tensor k, Tensor v, Scoring scoring, @Nullable Tensor mask, boolean causal) {
    try (var scope = TensorScope.open()) {
      Tensor mixed =
          scoring.softcap() == 0
              ? plain(single(q), single(k), single(v), scoring, mask, causal)
              : CappedAttention.attend(single(q), single(k), single(v), scoring, mask);
      return scope.keep(mixed.to(q.scalar_type()));
    }
  }

  private static Tensor plain(
      Tensor q, Tensor k, Tensor v, Scoring scoring, @Nullable Tensor mask, boolean causal) {
    return scaled_dot_product_attention(
        q,
        k,
        v,
        mask == null ? new TensorOptional() : new TensorOptional(mask),
        0,
        causal && mask == null,
        new DoubleOptional(scoring.scale()),
        q.size(1) != k.size(1));
  }

  /** Doubles stay what they are: the gradient's tests compute in them. */
  private static Tensor single(Tensor x) {
    return Dtype.of(x) == Dtype.F64 ? x : x.to(ScalarType.Float);
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
