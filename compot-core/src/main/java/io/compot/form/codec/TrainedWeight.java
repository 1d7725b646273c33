package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import java.util.List;
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

  /**
   * What the checkpoint stores of it, by the names of its parts in the order of the codec: the
   * leaves, unless it says otherwise.
   *
   * @return the weight's own, or in the caller's scope
   */
  default SequencedMap<String, Tensor> stored() {
    return numbers();
  }

  /** Something that stands in another's place until it is closed. */
  @FunctionalInterface
  interface Shown extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Applies other numbers than its own, which come back when what is given is closed.
   *
   * @param stored in the order of {@link #stored}, rounded as the checkpoint has them
   */
  default Shown show(List<Tensor> stored) {
    List<Tensor> leaves = List.copyOf(numbers().values());
    try (var scope = TensorScope.open()) {
      List<Tensor> exact = leaves.stream().map(leaf -> scope.own(leaf.detach().clone())).toList();
      put(stored, leaves);
      return () -> {
        put(exact, leaves);
        exact.forEach(Tensor::close);
      };
    }
  }

  private static void put(List<Tensor> numbers, List<Tensor> leaves) {
    try (var _ = TensorScope.open()) {
      for (int i = 0; i < leaves.size(); i++) {
        leaves.get(i).detach().copy_(numbers.get(i));
      }
    }
  }

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
