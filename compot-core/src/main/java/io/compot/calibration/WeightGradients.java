package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Block;
import io.compot.model.ObservedLinear;
import io.compot.model.ProbedLinear;
import io.compot.model.Projection;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * Gradients of weights, sample by sample: with the inputs x and the gradients g of the outputs of a
 * sample's tokens, the weight's is Σ g xᵀ, so that automatic differentiation need not follow it.
 */
public final class WeightGradients {

  private WeightGradients() {}

  /** Takes them. */
  @FunctionalInterface
  public interface Sink {

    /**
     * That of one sample.
     *
     * @param gradient of the sample's part of what goes backward, [out, in], in the caller's scope
     */
    void take(Projection projection, Tensor gradient) throws FailureException;
  }

  /**
   * Goes back through the block whose turn it is.
   *
   * @param wanted projections of it that every token goes through
   * @throws CompotException naming what has NaN or infinite entries
   */
  public static void through(BackwardPass pass, List<Projection> wanted, Sink sink)
      throws CompotException {
    Map<String, Projection> byName = new LinkedHashMap<>();
    wanted.forEach(each -> byName.put(each.name(), each));
    Map<String, Tensor> inputs = new HashMap<>();
    Map<String, Tensor> probes = new LinkedHashMap<>();
    WeightLoader probing =
        pass.loader()
            .decorated(linear -> {
              if (!byName.containsKey(linear.name())) {
                return linear;
              }
              String name = linear.name();
              var probed = new ProbedLinear(linear, probe -> probes.put(name, probe));
              return new ObservedLinear(probed, x -> inputs.put(name, owned(x)));
            });
    try (Block block = pass.stack().block(pass.next(), probing)) {
      pass.back()
          .through(
              block,
              probes,
              batch -> {
                take(batch, inputs, byName, sink);
                inputs.values().forEach(Tensor::close);
                inputs.clear();
              });
    } finally {
      inputs.values().forEach(Tensor::close);
    }
  }

  private static Tensor owned(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.own(x.detach());
    }
  }

  private static void take(
      Map<String, Tensor> probes,
      Map<String, Tensor> inputs,
      Map<String, Projection> byName,
      Sink sink)
      throws FailureException {
    for (var probe : probes.entrySet()) {
      Projection projection = Objects.requireNonNull(byName.get(probe.getKey()));
      Tensor gradient = probe.getValue().grad();
      Activations.requireFinite(gradient, probe.getKey() + ": the gradient of its output");
      Tensor input = Objects.requireNonNull(inputs.get(probe.getKey()));
      for (long sample = 0; sample < gradient.size(0); sample++) {
        try (var _ = TensorScope.open()) {
          sink.take(projection, gradient.select(0, sample).t().mm(input.select(0, sample)));
        }
      }
    }
  }
}
