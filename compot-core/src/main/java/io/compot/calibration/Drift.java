package io.compot.calibration;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * How a projection's input X′ behind what is compressed differs from X in the original, and what
 * weight makes up for it:
 *
 * <pre>
 * W* = argmin ‖X′W* − XW‖² + μ‖W* − W‖² = W + (X′ᵀX′ + μI)⁻¹X′ᵀ(X − X′)W
 * </pre>
 *
 * with a larger μ where tokens are few ({@link RidgeRegression}). Owns native memory.
 */
final class Drift implements AutoCloseable {

  private final long in;

  /** The products, and under them a row of Σ(X − X′)² of each input: [in + 1, in]. */
  private final PartedSum sums;

  private long tokens;
  private @Nullable RidgeRegression regression;

  /** Nothing seen yet of so many inputs. */
  Drift(long in) {
    this(new PartedSum(in + 1, in), 0);
  }

  private Drift(PartedSum sums, long tokens) {
    this.sums = sums;
    this.in = sums.total().size(1);
    this.tokens = tokens;
  }

  /**
   * Sums that were taken before.
   *
   * @param sums as {@link #sums} gives them, owned by the new object
   */
  static Drift of(Tensor sums, long tokens) {
    return new Drift(PartedSum.of(sums), tokens);
  }

  /** Adds the same tokens of both models; [..., in]. */
  void add(Tensor after, Tensor before) {
    try (var _ = TensorScope.open()) {
      Tensor now = sums.current();
      Tensor left = after.reshape(-1, in).to(ScalarType.Float);
      Tensor moved = before.reshape(-1, in).to(ScalarType.Float).sub(left);
      now.narrow(0, 0, in).add_(left.t().mm(moved));
      now.select(0, in).add_(moved.square().sum(0));
      tokens += left.size(0);
    }
  }

  /**
   * X′ᵀ(X − X′), [in, in], double; summed from products in single precision, which is enough for a
   * correction.
   */
  Tensor products() {
    return sums.total().narrow(0, 0, in);
  }

  /** What is added next belongs to another of the samples' {@linkplain Lengths#parts parts}. */
  void endPart() {
    sums.endPart();
  }

  /** All that was summed, [in + 1, in], double; belongs to this object. */
  Tensor sums() {
    return sums.total();
  }

  /** Tokens that were added. */
  long tokens() {
    return tokens;
  }

  /**
   * W*, when all tokens are seen.
   *
   * @param gram X′ᵀX′
   * @param weight torch layout [out, in]
   * @param ridge the least μ as a part of the mean diagonal entry of X′ᵀX′, above 0; the same for
   *     all weights
   * @return [out, in], double, in the caller's scope
   */
  Tensor target(Gram gram, Tensor weight, double ridge) {
    try (var scope = TensorScope.open()) {
      if (regression == null) {
        double energy = sums.total().select(0, in).sum().item_double();
        regression = RidgeRegression.of(gram.matrix(), products(), energy, tokens, ridge);
      }
      Tensor wide = weight.to(ScalarType.Double);
      Tensor correction = regression.of(products().mm(wide.t()));
      return scope.keep(correction == null ? wide : wide.add(correction.t()).contiguous());
    }
  }

  @Override
  public void close() {
    sums.close();
    if (regression != null) {
      regression.close();
    }
  }
}
