package io.compot.model;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Rows that are trees of tokens instead of sequences: a token sees those on its way to the root, so
 * that sequences that begin alike are computed together and their common beginning once (tree
 * attention: Miao et al., arXiv 2305.09781).
 *
 * @param positions I64 [B, T], where in its sequence each token stands, the cache's tokens counted
 * @param mask F32 [B, 1, T - trunk, S]: 0 where a token behind the trunk sees one of the S - T
 *     tokens of the cache and the T of its row, -∞ elsewhere; each sees at least itself
 * @param trunk tokens at the beginning of every row, at least one, each of which follows the last
 * @param end one more than the largest position
 */
public record TokenTrees(Tensor positions, Tensor mask, long trunk, long end) {

  /**
   * What tokens behind the trunk see in a layer, as numbers to add before the softmax.
   *
   * @param window tokens a token sees, itself among them
   * @return [B, 1, T - trunk, S] in the caller's scope
   */
  Tensor mask(long window) {
    if (window >= end) {
      return mask.alias();
    }
    try (var scope = TensorScope.open()) {
      long rows = positions.size(0);
      long count = positions.size(1);
      long cached = mask.size(3) - count;
      Tensor seen =
          cat(
              new TensorVector(
                  arange(new Scalar(cached), positions.options()).unsqueeze(0).expand(rows, cached),
                  positions),
              1);
      Tensor distance =
          positions.narrow(1, trunk, count - trunk).unsqueeze(2).sub(seen.unsqueeze(1));
      Tensor beyond = distance.ge(new Scalar(window)).unsqueeze(1);
      return scope.keep(mask.masked_fill(beyond, new Scalar(Double.NEGATIVE_INFINITY)));
    }
  }
}
