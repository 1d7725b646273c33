package io.compot.model;

import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/**
 * Attention whose scores stay below a cap, c · tanh(s / c) (Gemma 2: arXiv 2408.00118), for which
 * libtorch has no operation of its own. The query heads of one key head are computed together, and
 * key heads one after the other, so that only so many scores are held.
 */
final class CappedAttention {

  private CappedAttention() {}

  /**
   * softmax(c · tanh(q kᵀ · scale / c)) v.
   *
   * @param q [B, heads, T, d]
   * @param k [B, kvHeads, S, d]; kvHeads divides heads
   * @param v [B, kvHeads, S, d]
   * @param mask [.., T, S], true or a number to add where a token sees another; null for everywhere
   * @return [B, heads, T, d], in the caller's scope
   */
  static Tensor attend(Tensor q, Tensor k, Tensor v, Scoring scoring, @Nullable Tensor mask) {
    try (var scope = TensorScope.open()) {
      long group = q.size(1) / k.size(1);
      var heads = new TensorVector();
      for (long head = 0; head < k.size(1); head++) {
        Tensor queries = q.narrow(1, head * group, group);
        heads.push_back(
            ofOneKey(queries, k.narrow(1, head, 1), v.narrow(1, head, 1), scoring, mask));
      }
      return scope.keep(cat(heads, 1));
    }
  }

  private static Tensor ofOneKey(
      Tensor q, Tensor k, Tensor v, Scoring scoring, @Nullable Tensor mask) {
    try (var scope = TensorScope.open()) {
      Scalar cap = new Scalar(scoring.softcap());
      Tensor scores = q.matmul(k.transpose(2, 3)).mul(new Scalar(scoring.scale()));
      Tensor capped = scores.div(cap).tanh().mul(cap);
      return scope.keep(masked(capped, mask).softmax(-1).matmul(v));
    }
  }

  private static Tensor masked(Tensor scores, @Nullable Tensor mask) {
    if (mask == null) {
      return scores;
    }
    return Dtype.of(mask) == Dtype.BOOL
        ? scores.masked_fill(mask.logical_not(), new Scalar(Double.NEGATIVE_INFINITY))
        : scores.add(mask);
  }
}
