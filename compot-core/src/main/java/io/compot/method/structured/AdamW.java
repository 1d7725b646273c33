package io.compot.method.structured;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * AdamW (arXiv 1711.05101, algorithm 2) with a rate that falls to 0 by a cosine, and its usual
 * numbers: β 0.9 and 0.999, ε 1e-8, decay 0.01.
 */
public final class AdamW implements AutoCloseable {

  private static final double FIRST = 0.9;
  private static final double SECOND = 0.999;
  private static final double EPSILON = 1e-8;
  private static final double DECAY = 0.01;

  private final List<Tensor> weights;
  private final List<Tensor> means = new ArrayList<>();
  private final List<Tensor> squares = new ArrayList<>();
  private final double rate;
  private final int steps;
  private int step;

  /**
   * Before the first step.
   *
   * @param weights the caller's, changed in place
   * @param rate at the start
   * @param steps after which it is 0
   */
  public AdamW(List<Tensor> weights, double rate, int steps) {
    this.weights = List.copyOf(weights);
    this.rate = rate;
    this.steps = steps;
    try (var scope = TensorScope.open()) {
      for (Tensor weight : weights) {
        means.add(scope.own(zeros_like(weight).detach()));
        squares.add(scope.own(zeros_like(weight).detach()));
      }
    }
  }

  /** The rate of the next step. */
  double now() {
    return rate * 0.5 * (1 + Math.cos(Math.PI * step / steps));
  }

  /**
   * One step.
   *
   * @param gradients of the weights, in their order
   */
  public void step(List<Tensor> gradients) {
    double now = now();
    step++;
    double firstScale = 1 - Math.pow(FIRST, step);
    double secondScale = 1 - Math.pow(SECOND, step);
    for (int i = 0; i < weights.size(); i++) {
      try (var _ = TensorScope.open()) {
        Tensor gradient = gradients.get(i).detach();
        Tensor mean = means.get(i);
        Tensor square = squares.get(i);
        mean.mul_(new Scalar(FIRST)).add_(gradient.mul(new Scalar(1 - FIRST)));
        square.mul_(new Scalar(SECOND)).add_(gradient.square().mul_(new Scalar(1 - SECOND)));
        Tensor root = square.div(new Scalar(secondScale)).sqrt_().add_(new Scalar(EPSILON));
        Tensor move = mean.div(new Scalar(firstScale)).div_(root).mul_(new Scalar(now));
        Tensor weight = weights.get(i).detach();
        weight.mul_(new Scalar(1 - now * DECAY)).sub_(move);
      }
    }
  }

  @Override
  public void close() {
    means.forEach(Tensor::close);
    squares.forEach(Tensor::close);
  }
}
