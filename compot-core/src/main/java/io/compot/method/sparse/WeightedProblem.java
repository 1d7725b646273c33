package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.method.LayerProblem;
import io.compot.method.LowRank;
import io.compot.method.RangeCoordinates;
import io.compot.method.sparse.CompotPlusMethod.MetricUse;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A problem in coordinates in which the diagonal of its outputs' metric is the identity: row j of
 * (LW)ᵀ is multiplied by √H_jj, so that plain least squares are weighted ones. Tensors are in the
 * scope that was open.
 *
 * @param range of the weighted target
 * @param weights √diag H over its root mean square, [out, 1], double
 * @param metric H in these coordinates, up to a factor; null where only its diagonal counts
 * @param scale what the target was divided by
 */
record WeightedProblem(
    RangeCoordinates range, Tensor weights, @Nullable Tensor metric, double scale) {

  /** Weights below this part of their root mean square are raised to it. */
  private static final double LEAST_WEIGHT = 1e-2;

  static WeightedProblem of(CompotPlusMethod method, LayerProblem problem) throws FailureException {
    Whitening whitening = problem.requiredWhitening(method.name());
    Tensor given = method.metric() == MetricUse.NONE ? null : problem.outputMetric();
    Tensor weights = given == null ? ones(problem) : weights(given);
    try (var scope = TensorScope.open()) {
      Tensor target = whitening.whiten(problem.target()).mul_(weights);
      double scale = LowRank.powerOfTwo(target);
      var range = RangeCoordinates.of(scope.keep(target.div_(new Scalar(scale))));
      scope.keep(range.coordinates());
      if (range.basis() != null) {
        scope.keep(range.basis());
      }
      Tensor metric =
          given == null || method.metric() != MetricUse.FULL
              ? null
              : scope.keep(correlation(given, weights));
      return new WeightedProblem(range, weights, metric, scale);
    }
  }

  Tensor coordinates() {
    return range.coordinates();
  }

  /** tr(H E Eᵀ) of an error in these coordinates, [out, p]. */
  double energy(Tensor error) {
    try (var _ = TensorScope.open()) {
      Tensor weighted = metric == null ? error : metric.mm(error);
      return Math.max(0, weighted.mul(error).sum().item_double());
    }
  }

  private static Tensor ones(LayerProblem problem) {
    try (var scope = TensorScope.open()) {
      return scope.keep(problem.weight().new_ones(problem.out(), 1).to(ScalarType.Double));
    }
  }

  private static Tensor weights(Tensor metric) {
    try (var scope = TensorScope.open()) {
      Tensor diagonal = metric.diagonal();
      double mean = diagonal.mean().item_double();
      Tensor relative = mean > 0 ? diagonal.div(new Scalar(mean)) : diagonal.add(new Scalar(1.0));
      return scope.keep(relative.sqrt().clamp_min(new Scalar(LEAST_WEIGHT)).unsqueeze(1));
    }
  }

  private static Tensor correlation(Tensor metric, Tensor weights) {
    try (var scope = TensorScope.open()) {
      double mean = metric.diagonal().mean().item_double();
      Scalar divisor = new Scalar(mean > 0 ? mean : 1);
      return scope.keep(metric.div(divisor).div_(weights).div_(weights.t()));
    }
  }
}
