package io.compot.method.lowrank;

import io.compot.error.FailureException;
import io.compot.form.LowRankForm;
import io.compot.method.ExpectedError;
import io.compot.method.LayerProblem;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The errors of truncation at every rank from one decomposition. Where WT = UΣQᵀ is truncated and T
 * undone, the weight that is left out is Σ_{i>r} uᵢuᵢᵀW; its parts are orthogonal, so that squared
 * errors are tails of sums of ‖uᵢᵀW‖², and of ‖uᵢᵀWLᵀ‖² in whitened space.
 */
final class TruncationErrors {

  /** More points than this say nothing new. */
  private static final int MOST_POINTS = 256;

  private static final double ROUNDING = 1e-12;

  private TruncationErrors() {}

  /**
   * Errors of truncating the whitened weight, before rounding to the stored type.
   *
   * @param method for the message where there is no Gram matrix
   */
  static List<ExpectedError> ofWhitened(String method, LayerProblem problem)
      throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(method);
    try (var _ = TensorScope.open()) {
      return of(problem, whitening.whiten(problem.weight()));
    }
  }

  /**
   * Errors before rounding to the stored type.
   *
   * @param scaled WT, [out, in], double
   */
  static List<ExpectedError> of(LayerProblem problem, Tensor scaled) throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor weight = problem.weight().to(ScalarType.Double);
      Tensor left = OutputDirections.of(scaled);
      double[] weightTails = tails(left.t().mm(weight), weight);
      Whitening whitening = problem.whitening();
      double[] whitenedTails = null;
      if (whitening != null) {
        Tensor whitened = whitening.whiten(weight);
        whitenedTails = tails(left.t().mm(whitened), whitened);
      }
      long most = Math.min(problem.in(), problem.out());
      long step = Math.ceilDiv(most, MOST_POINTS);
      List<ExpectedError> errors = new ArrayList<>();
      for (long rank = 1; rank <= most; rank += step) {
        int lost = Math.toIntExact(rank);
        OptionalDouble whitened =
            whitenedTails == null ? OptionalDouble.empty() : OptionalDouble.of(whitenedTails[lost]);
        errors.add(
            new ExpectedError(
                LowRankForm.plain(rank, problem.stored()), whitened, weightTails[lost]));
      }
      return errors;
    }
  }

  /** What is lost, relative to the whole, by keeping the first 0, 1, 2, … rows of the parts. */
  private static double[] tails(Tensor parts, Tensor whole) {
    try (var _ = TensorScope.open()) {
      Tensor energies = parts.square().sum(1).contiguous();
      double[] energy = NativeMemory.bytes(energies).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
      double total = whole.square().sum().item_double();
      double[] tails = new double[energy.length + 1];
      double outside = total - Arrays.stream(energy).sum();
      double tail = outside > ROUNDING * total ? outside : 0;
      for (int i = energy.length - 1; i >= 0; i--) {
        tail += energy[i];
        tails[i] = total > 0 ? Math.sqrt(tail / total) : 0;
      }
      return tails;
    }
  }
}
