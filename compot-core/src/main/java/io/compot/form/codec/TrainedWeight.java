package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A weight of whose parts some are leaves of automatic differentiation, in single precision: plain
 * numbers, and the scales of integers. Masks, codes and zero points are fixed.
 */
public interface TrainedWeight extends AutoCloseable {

  /** The leaves, owned by this weight, by the names of their parts in the order of the codec. */
  SequencedMap<String, Tensor> numbers();

  /**
   * Applies the weight so that gradients reach its numbers.
   *
   * @param x [..., in] in single precision
   * @return [..., out] in the caller's scope, without a bias
   */
  Tensor apply(Tensor x);

  @Override
  void close();

  /**
   * A leaf that begins with the numbers of a part.
   *
   * @return owned by the caller
   */
  static Tensor leaf(Tensor part) {
    try (var scope = TensorScope.open()) {
      Tensor leaf = scope.own(part.to(ScalarType.Float).clone());
      leaf.requires_grad_(true);
      return leaf;
    }
  }
}
