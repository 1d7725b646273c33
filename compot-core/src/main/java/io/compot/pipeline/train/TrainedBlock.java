package io.compot.pipeline.train;

import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
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
import org.jspecify.annotations.Nullable;

/** A block of which projections are trained. */
public final class TrainedBlock implements AutoCloseable {

  private final List<TensorInfo> stored = new ArrayList<>();
  private final List<Tensor> leaves = new ArrayList<>();
  private final Map<String, TrainedWeight> weights = new LinkedHashMap<>();
  private final Map<String, Tensor> biases = new LinkedHashMap<>();
  private final Block block;

  /** What is trained of projections. */
  public interface Source {

    /**
     * Of one.
     *
     * @return handed over; null where it stays as it is
     */
    @Nullable TrainedWeight of(Projection projection) throws CompotException;

    /** How a number of it is stored, by its tensor's name. */
    TensorInfo info(String tensor) throws InputException;
  }

  /**
   * A block.
   *
   * @param number of it in its stack
   */
  public TrainedBlock(ModelSource model, Stack stack, int number, Source source)
      throws CompotException {
    List<Projection> projections =
        stack.projections(number).stream().flatMap(each -> each.projections().stream()).toList();
    for (Projection each : projections) {
      TrainedWeight weight = source.of(each);
      if (weight != null) {
        weights.put(each.name(), weight);
        for (var numbers : weight.numbers().entrySet()) {
          stored.add(source.info(each.name() + "." + numbers.getKey()));
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

  /** With what is trained in it. */
  public Block block() {
    return block;
  }

  /** What is trained, in single precision; in the order of {@link #rounded}. */
  public List<Tensor> leaves() {
    return leaves;
  }

  /**
   * What is trained as the checkpoint stores it, by the names of its tensors.
   *
   * @return in the caller's scope
   */
  public SequencedMap<TensorInfo, Tensor> rounded() {
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
