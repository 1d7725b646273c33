package io.compot.pipeline.prune;

import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.PackedTensors;
import io.compot.form.codec.TrainedWeight;
import io.compot.model.Block;
import io.compot.model.Projection;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A block of which projections are trained: all of an ordinary model's, of a packed one's those
 * that are packed, so that what was to stay as it is stays.
 */
final class TrainedBlock implements AutoCloseable {

  private final List<TensorInfo> stored = new ArrayList<>();
  private final List<Tensor> leaves = new ArrayList<>();
  private final Map<String, TrainedWeight> weights = new LinkedHashMap<>();
  private final Map<String, Tensor> biases = new LinkedHashMap<>();
  private final Block block;

  TrainedBlock(ModelSource model, Stack stack, int number, List<Projection> projections)
      throws CompotException {
    for (Projection each : projections) {
      if (model.packed().isEmpty() || model.packed().containsKey(each.name())) {
        TrainedWeight weight = weight(model, each);
        weights.put(each.name(), weight);
        for (var numbers : weight.numbers().entrySet()) {
          stored.add(model.info(each.name() + "." + numbers.getKey()));
          leaves.add(numbers.getValue());
        }
        String bias = each.name() + ".bias";
        if (model.has(bias)) {
          try (var scope = TensorScope.open()) {
            biases.put(each.name(), scope.own(model.tensor(bias).to(ScalarType.Float).clone()));
          }
        }
      }
    }
    block =
        stack.block(
            number,
            WeightLoader.of(model, Dtype.F32)
                .decorated(linear -> {
                  TrainedWeight weight = weights.get(linear.name());
                  return weight == null
                      ? linear
                      : new TrainedLinear(linear, weight, biases.get(linear.name()));
                }));
  }

  private static TrainedWeight weight(ModelSource model, Projection projection)
      throws InputException {
    Form form = model.packed().get(projection.name());
    try (var _ = TensorScope.open()) {
      if (form == null) {
        return TrainedDense.of(model.tensor(projection.weightName()), projection.layout());
      }
      try (Packed packed =
          PackedTensors.read(model, projection.name(), form, projection.in(), projection.out())) {
        return Codecs.trained(packed);
      }
    }
  }

  Block block() {
    return block;
  }

  /** What is trained, in single precision; in the order of {@link #rounded}. */
  List<Tensor> leaves() {
    return leaves;
  }

  /**
   * What is trained as the checkpoint stores it, by the names of its tensors.
   *
   * @return in the caller's scope
   */
  SequencedMap<TensorInfo, Tensor> rounded() {
    try (var scope = TensorScope.open()) {
      var rounded = new LinkedHashMap<TensorInfo, Tensor>();
      for (int i = 0; i < leaves.size(); i++) {
        TensorInfo info = stored.get(i);
        Tensor copy = leaves.get(i).detach().to(info.dtype().scalarType()).clone();
        rounded.put(info, scope.keep(copy));
      }
      return rounded;
    }
  }

  @Override
  public void close() {
    block.close();
    weights.values().forEach(TrainedWeight::close);
    biases.values().forEach(Tensor::close);
  }
}
