package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/** Two factors, both trained: x · rightᵀ · leftᵀ. */
record TrainedFactors(SequencedMap<String, Tensor> numbers, Tensor left, Tensor right)
    implements TrainedWeight {

  static TrainedFactors of(Tensor left, Tensor right) {
    var numbers = new LinkedHashMap<String, Tensor>();
    numbers.put(LowRankCodec.LEFT, TrainedWeight.leaf(left));
    numbers.put(LowRankCodec.RIGHT, TrainedWeight.leaf(right));
    return new TrainedFactors(
        numbers, numbers.firstEntry().getValue(), numbers.lastEntry().getValue());
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(x.matmul(right.t()).matmul(left.t()));
    }
  }
}
