package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.where;

import io.compot.tensor.HardThreshold;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Pursuits that choose several atoms at a time for all columns at once, so that their work is a few
 * matrix products (generalised OMP, Wang 2012; the exchange is that of CoSaMP, Needell 2009, kept
 * only where it pays). Codes and supports are [n, k], F32, and changed in place.
 */
final class SupportExchange {

  /** A gain in energy below this part of it is rounding. */
  private static final double ROUNDING = 1e-6;

  private SupportExchange() {}

  /** From nothing to s atoms a row in stages, each taking the best correlated ones. */
  static void grow(
      CodeLeastSquares codes, Tensor code, Tensor support, int s, int stages, int refinements) {
    for (int stage = 0; stage < stages; stage++) {
      int more = s * (stage + 1) / stages - s * stage / stages;
      try (var _ = TensorScope.open()) {
        // Atoms already chosen must not be chosen again, even where all correlations are zero.
        Tensor candidates = codes.residualCorrelations(code).abs_().add_(new Scalar(1e-30));
        candidates.mul_(support.neg().add_(new Scalar(1.0)));
        HardThreshold.keepLargest(candidates, more);
        support.add_(chosen(candidates));
        codes.refine(code, support, refinements);
      }
    }
  }

  /**
   * Refines each row's coefficients, then drops its {@code exchanged} smallest ones for the best
   * correlated other atoms; rows that gain nothing keep their support.
   */
  static void exchange(
      CodeLeastSquares codes, Tensor code, Tensor support, int s, int exchanged, int refinements) {
    long others = code.size(1) - s;
    int count = (int) Math.min(exchanged, Math.min(s - 1, others));
    try (var _ = TensorScope.open()) {
      codes.refine(code, support, refinements);
      if (count < 1) {
        return;
      }
      Tensor changed = code.clone();
      HardThreshold.keepLargest(changed, s - count);
      Tensor candidates = codes.residualCorrelations(code);
      candidates.mul_(support.neg().add_(new Scalar(1.0)));
      HardThreshold.keepLargest(candidates, count);
      Tensor changedSupport =
          chosen(changed)
              .mul_(support)
              .maximum(chosen(candidates).sub_(support).clamp_min_(new Scalar(0.0)));
      codes.refine(changed, changedSupport, refinements);
      Tensor before = codes.gains(code);
      Tensor whole = changedSupport.sum(1).eq(new Scalar((double) s));
      Tensor better =
          codes
              .gains(changed)
              .gt(before.mul(new Scalar(1 + ROUNDING)))
              .logical_and(whole)
              .unsqueeze(1);
      code.copy_(where(better, changed, code));
      support.copy_(where(better, changedSupport, support));
    }
  }

  /** 1 where a thresholded entry is kept (its bits are not those of +0.0). */
  private static Tensor chosen(Tensor thresholded) {
    try (var scope = TensorScope.open()) {
      return scope.keep(thresholded.view(ScalarType.Int).ne(new Scalar(0)).to(ScalarType.Float));
    }
  }
}
