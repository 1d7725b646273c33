package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/** A whole weight, trained: x · weightᵀ. */
record TrainedWhole(TrainedMatrix weight) implements TrainedWeight {

  @Override
  public SequencedMap<String, Tensor> numbers() {
    return TrainedMatrix.leaves(weight);
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(x.matmul(weight.numbers().t()));
    }
  }

  @Override
  public void close() {
    weight.close();
  }
}
