package io.compot.pipeline.prune;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.Lengths;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.method.structured.CosineMap;
import io.compot.method.structured.Gap;
import io.compot.method.structured.LeastSquaresMap;
import io.compot.method.structured.ReplaceMeMethod.Objective;
import io.compot.model.Block;
import io.compot.model.Closing;
import io.compot.model.Context;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The linear map that makes up for the blocks of a gap. With x the residual stream behind the
 * attention of the block in front, M what its feed-forward layer adds, L = x + M its output and L′
 * that of the last dropped block,
 *
 * <pre>
 * min ‖M T + x − L′‖²,  or  min of the mean of 1 − cos(M T + x, L′)
 * </pre>
 *
 * over tokens, so that M T + x stands where L′ stood.
 */
final class GapMaps {

  private final PruningJob job;
  private final ForwardStates states;
  private final StopRequest stop;

  GapMaps(PruningJob job, ForwardStates states, StopRequest stop) {
    this.job = job;
    this.states = states;
    this.stop = stop;
  }

  /** T of a gap, [H, H] in double, in the caller's scope. */
  Tensor fit(Gap gap, Objective objective, double ridge) throws CompotException {
    if (objective == Objective.NONE) {
      try (var scope = TensorScope.open()) {
        return scope.keep(torch.eye(job.stack().width(), new TensorOptions(ScalarType.Double)));
      }
    }
    try (var scope = TensorScope.open();
        var sums = new LeastSquaresMap(job.stack().width())) {
      eachBatch(gap, (added, stream, target) -> sums.add(added, target.sub(stream)));
      Tensor least = sums.solve(ridge);
      return scope.keep(
          objective == Objective.LEAST_SQUARES
              ? least
              : CosineMap.fit(least, ridge, tokens -> eachBatch(gap, tokens)));
    } catch (IllegalStateException e) {
      throw new FailureException(
          "%s: the map that makes up for it cannot be found (%s); take a larger ridge or more calibration text"
              .formatted(gap, e.getMessage()),
          e);
    }
  }

  private void eachBatch(Gap gap, CosineMap.Tokens tokens) throws CompotException {
    Closing closing = job.stack().closing(gap.front()).orElseThrow();
    List<Tensor> seen = new ArrayList<>();
    var watching =
        job.loader()
            .decorated(linear ->
                linear.name().equals(closing.projection().name())
                    ? new ClosingOutput(linear, seen::add)
                    : linear);
    try (Block block = job.stack().block(gap.front(), watching)) {
      HiddenStates before = states.before(gap.front());
      HiddenStates target = states.before(gap.end());
      for (Lengths.Batch batch : before.lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor output = block.forward(before.batch(batch.from(), batch.to()), Context.none());
          try (Tensor made = seen.removeLast()) {
            Tensor added = made.mul(new Scalar(closing.multiplier()));
            tokens.add(added, output.sub(added), target.batch(batch.from(), batch.to()));
          }
        }
      }
    } finally {
      seen.forEach(Tensor::close);
    }
  }

  /**
   * Multiplies a map into weight and bias, in their stored types.
   *
   * @param file for them; it appears whole or not at all
   * @return the names of the tensors in it
   */
  List<String> fold(Gap gap, Tensor map, Path file) throws CompotException {
    var projection = job.stack().closing(gap.front()).orElseThrow().projection();
    String bias = projection.name() + ".bias";
    Map<String, Tensor> folded = new LinkedHashMap<>();
    try (var _ = TensorScope.open()) {
      Tensor weight = projection.weight(job.model());
      Tensor mapped = map.t().mm(weight.to(map.scalar_type())).to(weight.scalar_type());
      folded.put(projection.weightName(), projection.layout().turned(mapped).contiguous());
      if (job.model().has(bias)) {
        Tensor vector = job.model().tensor(bias);
        folded.put(bias, vector.to(map.scalar_type()).matmul(map).to(vector.scalar_type()));
      }
      List<TensorInfo> infos = new ArrayList<>();
      for (var each : folded.entrySet()) {
        if (!each.getValue().isfinite().all().item_bool()) {
          throw new FailureException(
              "%s: with the map for %s in it, it has numbers that %s cannot hold; take a larger ridge"
                  .formatted(each.getKey(), gap, Dtype.of(each.getValue())));
        }
        infos.add(
            new TensorInfo(
                each.getKey(), Dtype.of(each.getValue()), job.model().info(each.getKey()).shape()));
      }
      try (var writer = new SafetensorsWriter(file, infos, Map.of())) {
        for (var each : folded.entrySet()) {
          writer.write(each.getKey(), each.getValue());
        }
        writer.finish();
      }
    }
    return List.copyOf(folded.keySet());
  }
}
