package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A weight whose plain numbers are leaves of automatic differentiation, in single precision and in
 * the shapes of the parts that they are of. What says where they stand, such as a mask, is fixed.
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
  default void close() {
    numbers().values().forEach(Tensor::close);
  }

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
