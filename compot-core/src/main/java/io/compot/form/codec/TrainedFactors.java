package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/** Two factors, both trained: x · rightᵀ · leftᵀ. */
record TrainedFactors(TrainedMatrix left, TrainedMatrix right) implements TrainedWeight {

  @Override
  public SequencedMap<String, Tensor> numbers() {
    return TrainedMatrix.leaves(left, right);
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(x.matmul(right.numbers().t()).matmul(left.numbers().t()));
    }
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
