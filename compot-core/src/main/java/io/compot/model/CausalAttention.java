package io.compot.model;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;

/** Scaled dot-product attention in which a token sees itself and what came before. */
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
    try (var scope = TensorScope.open()) {
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
      boolean grouped = q.size(1) != k.size(1);
      return scope.keep(
          scaled_dot_product_attention(
              q, k, v, mask, 0, plain && !whole, new DoubleOptional(), grouped));
    }
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
