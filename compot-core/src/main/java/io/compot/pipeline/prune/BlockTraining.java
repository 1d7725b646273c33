package io.compot.pipeline.prune;

import io.compot.calibration.HiddenStates;
import io.compot.error.CompotException;
import io.compot.method.structured.AdamW;
import io.compot.method.structured.HealMethod;
import io.compot.model.Context;
import io.compot.pipeline.train.TrainedBlock;
import io.compot.progress.StopRequest;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains one block, and keeps the numbers that are best on what it is not trained on. */
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
  private final TrainedBlock trained;
  private final Map<TensorInfo, Tensor> best = new LinkedHashMap<>();
  private double before;
  private double after;
  private boolean diverged;

  /**
   * Of a block.
   *
   * @param trained owned
   * @param inputs hidden states that it is given
   * @param targets those that it is to give
   */
  BlockTraining(
      HealMethod method,
      TrainedBlock trained,
      HiddenStates inputs,
      HiddenStates targets,
      StopRequest stop) {
    this.method = method;
    this.trained = trained;
    this.inputs = inputs;
    this.targets = targets;
    this.stop = stop;
  }

  private int shown() {
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

  /** Whether training ended because its numbers were none any more. */
  boolean diverged() {
    return diverged;
  }

  /** The best numbers as they are stored; none where nothing was better than before. */
  Map<TensorInfo, Tensor> best() {
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
    int steps = method.rounds() * Math.ceilDiv(shown(), together);
    try (var adam = new AdamW(trained.leaves(), method.rate(), steps)) {
      for (int round = 0; round < method.rounds(); round++) {
        for (int from = 0; from < shown(); from += together) {
          stop.check();
          step(adam, from, Math.min(shown(), from + together));
        }
        double now = heldOut();
        if (!Double.isFinite(now)) {
          diverged = true;
          return;
        }
        if (now < after) {
          after = now;
          keep();
        }
      }
    }
  }

  private void keep() {
    best.values().forEach(Tensor::close);
    best.clear();
    try (var scope = TensorScope.open()) {
      trained.rounded().forEach((info, numbers) -> best.put(info, scope.own(numbers)));
    }
  }

  private void step(AdamW adam, int from, int to) throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor target = targets.batch(from, to).to(ScalarType.Float);
      Tensor off = trained.block().forward(input(from, to), Context.none()).sub(target);
      off.square().sum().div(target.square().sum()).backward();
      adam.step();
    }
  }

  private Tensor input(int from, int to) throws CompotException {
    try (var scope = TensorScope.open()) {
      return scope.keep(inputs.batch(from, to).to(ScalarType.Float).clone());
    }
  }

  /** Relative squared error on what is held out, by the numbers as they would be stored. */
  private double heldOut() throws CompotException {
    try (var _ = trained.asStored()) {
      return error();
    }
  }

  private double error() throws CompotException {
    double error = 0;
    double whole = 0;
    for (int window = shown(); window < inputs.samples(); window++) {
      stop.check();
      try (var _ = TensorScope.open()) {
        Tensor target = targets.batch(window, window + 1).to(ScalarType.Float);
        Tensor made = trained.block().forward(input(window, window + 1), Context.none()).detach();
        error += made.sub(target).square().sum().item_double();
        whole += target.square().sum().item_double();
      }
    }
    return error / whole;
  }

  @Override
  public void close() {
    trained.close();
    best.values().forEach(Tensor::close);
  }
}
