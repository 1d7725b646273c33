package io.compot.pipeline.prune;

import io.compot.calibration.HiddenStates;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.method.structured.AdamW;
import io.compot.method.structured.HealMethod;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.Projection;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains the weights of one block, and keeps those that are best on what it is not trained on. */
final class BlockTraining implements AutoCloseable {

  /** Hidden states of a step. */
  private static final int STATES = 1024;

  /** Relative squared error below which a block gives what it is to give, but for rounding. */
  private static final double SAME = 1e-9;

  /** One window of so many is held out. */
  private static final int HELD_OUT = 8;

  private final HealMethod method;
  private final HiddenStates inputs;
  private final HiddenStates targets;
  private final StopRequest stop;
  private final Map<String, Tensor> weights = new LinkedHashMap<>();
  private final Map<String, Tensor> biases = new LinkedHashMap<>();
  private final Map<String, Tensor> best = new LinkedHashMap<>();
  private final Block block;
  private double before;
  private double after;

  /**
   * Of a block.
   *
   * @param projections of it
   * @param inputs hidden states that it is given
   * @param targets those that it is to give
   */
  BlockTraining(
      HealMethod method,
      ModelSource model,
      Stack stack,
      int number,
      List<Projection> projections,
      HiddenStates inputs,
      HiddenStates targets,
      StopRequest stop)
      throws CompotException {
    this.method = method;
    this.inputs = inputs;
    this.targets = targets;
    this.stop = stop;
    try (var scope = TensorScope.open()) {
      for (Projection each : projections) {
        Tensor weight = scope.own(each.weight(model).to(ScalarType.Float).clone());
        weight.requires_grad_(true);
        weights.put(each.name(), weight);
        best.put(each.name(), scope.own(weight.detach().clone()));
        String bias = each.name() + ".bias";
        if (model.has(bias)) {
          biases.put(each.name(), scope.own(model.tensor(bias).to(ScalarType.Float).clone()));
        }
      }
    }
    block =
        stack.block(
            number,
            WeightLoader.of(model, Dtype.F32)
                .decorated(linear -> {
                  Tensor weight = weights.get(linear.name());
                  return weight == null
                      ? linear
                      : new TrainedLinear(linear, weight, biases.get(linear.name()));
                }));
  }

  /** Whether there are windows to train on and others to measure on. */
  static boolean enough(int windows) {
    return windows >= 2;
  }

  private int trained() {
    return inputs.samples() - Math.max(1, inputs.samples() / HELD_OUT);
  }

  /** Relative squared error on what is held out, as it was. */
  double before() {
    return before;
  }

  /** The same of the best. */
  double after() {
    return after;
  }

  /** The best weights, [out, in] in single precision, by the projection's name. */
  Map<String, Tensor> best() {
    return best;
  }

  /** Trains; what becomes worse, or no number any more, is not kept. */
  void run() throws CompotException {
    before = heldOut();
    after = before;
    if (before <= SAME) {
      return;
    }
    int together = Math.max(1, STATES / inputs.lengths().each().getFirst());
    int steps = method.rounds() * Math.ceilDiv(trained(), together);
    try (var adam = new AdamW(List.copyOf(weights.values()), method.rate(), steps)) {
      for (int round = 0; round < method.rounds(); round++) {
        for (int from = 0; from < trained(); from += together) {
          stop.check();
          step(adam, from, Math.min(trained(), from + together));
        }
        double now = heldOut();
        if (!Double.isFinite(now)) {
          return;
        }
        if (now < after) {
          after = now;
          weights.forEach(
              (name, weight) -> Objects.requireNonNull(best.get(name)).copy_(weight.detach()));
        }
      }
    }
  }

  private void step(AdamW adam, int from, int to) throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor target = targets.batch(from, to).to(ScalarType.Float);
      Tensor off = block.forward(input(from, to), Context.none()).sub(target);
      off.square().sum().div(target.square().sum()).backward();
      List<Tensor> gradients = new ArrayList<>();
      for (Tensor weight : weights.values()) {
        gradients.add(weight.grad());
      }
      adam.step(gradients);
      gradients.forEach(Tensor::zero_);
    }
  }

  private Tensor input(int from, int to) throws CompotException {
    try (var scope = TensorScope.open()) {
      return scope.keep(inputs.batch(from, to).to(ScalarType.Float).clone());
    }
  }

  private double heldOut() throws CompotException {
    double error = 0;
    double whole = 0;
    for (int window = trained(); window < inputs.samples(); window++) {
      stop.check();
      try (var _ = TensorScope.open()) {
        Tensor target = targets.batch(window, window + 1).to(ScalarType.Float);
        Tensor made = block.forward(input(window, window + 1), Context.none()).detach();
        error += made.sub(target).square().sum().item_double();
        whole += target.square().sum().item_double();
      }
    }
    return error / whole;
  }

  @Override
  public void close() {
    block.close();
    weights.values().forEach(Tensor::close);
    biases.values().forEach(Tensor::close);
    best.values().forEach(Tensor::close);
  }
}
