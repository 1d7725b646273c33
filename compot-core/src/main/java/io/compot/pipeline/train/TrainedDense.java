package io.compot.pipeline.train;

import io.compot.form.codec.TrainedWeight;
import io.compot.model.WeightLayout;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * An ordinary weight that is trained.
 *
 * @param weight in the layout of the checkpoint
 */
record TrainedDense(SequencedMap<String, Tensor> numbers, Tensor weight, WeightLayout layout)
    implements TrainedWeight {

  private static final String NAME = "weight";

  static TrainedDense of(Tensor stored, WeightLayout layout) {
    var numbers = new LinkedHashMap<String, Tensor>();
    Tensor leaf = TrainedWeight.leaf(stored);
    numbers.put(NAME, leaf);
    return new TrainedDense(numbers, leaf, layout);
  }

  @Override
  public void close() {
    weight.close();
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(x.matmul(layout.turned(weight).t()));
    }
  }
}
