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

  private final Map<String, Trained> trained = new LinkedHashMap<>();
  private final Map<String, Tensor> biases = new LinkedHashMap<>();
  private final Block block;

  /**
   * A weight that is trained.
   *
   * @param infos how its numbers are stored
   */
  private record Trained(TrainedWeight weight, List<TensorInfo> infos) {

    /** Its numbers as they are stored, in the caller's scope. */
    List<Tensor> rounded() {
      try (var scope = TensorScope.open()) {
        List<Tensor> rounded = new ArrayList<>();
        for (Tensor each : weight.stored().values()) {
          var type = infos.get(rounded.size()).dtype().scalarType();
          rounded.add(scope.keep(each.detach().to(type).clone()));
        }
        return rounded;
      }
    }
  }

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
        List<TensorInfo> infos = new ArrayList<>();
        trained.put(each.name(), new Trained(weight, infos));
        try (var _ = TensorScope.open()) {
          for (String part : weight.stored().keySet()) {
            infos.add(source.info(each.name() + "." + part));
          }
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
                  Trained of = trained.get(linear.name());
                  return of == null
                      ? linear
                      : new TrainedLinear(linear, of.weight(), biases.get(linear.name()));
                }));
  }

  /** With what is trained in it. */
  public Block block() {
    return block;
  }

  /** What is trained, in single precision, projection after projection. */
  public List<Tensor> leaves() {
    return trained.values().stream()
        .flatMap(each -> each.weight().numbers().values().stream())
        .toList();
  }

  /**
   * What comes of it as the checkpoint stores it, by the names of its tensors.
   *
   * @return in the caller's scope
   */
  public SequencedMap<TensorInfo, Tensor> rounded() {
    var rounded = new LinkedHashMap<TensorInfo, Tensor>();
    for (Trained each : trained.values()) {
      List<Tensor> numbers = each.rounded();
      for (int i = 0; i < numbers.size(); i++) {
        rounded.put(each.infos().get(i), numbers.get(i));
      }
    }
    return rounded;
  }

  /** Has the block compute by its numbers as they are stored, until what is given is closed. */
  public TrainedWeight.Shown asStored() {
    List<TrainedWeight.Shown> shown = new ArrayList<>();
    for (Trained each : trained.values()) {
      try (var _ = TensorScope.open()) {
        shown.add(each.weight().show(each.rounded()));
      }
    }
    return () -> shown.forEach(TrainedWeight.Shown::close);
  }

  @Override
  public void close() {
    block.close();
    trained.values().forEach(each -> each.weight().close());
    biases.values().forEach(Tensor::close);
  }
}
