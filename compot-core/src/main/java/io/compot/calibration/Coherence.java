package io.compot.calibration;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How much more the tokens of a sample do together than each by itself. The Fisher information of a
 * weight is that of its whole gradient in a sample, Σ gₜxₜᵀ over the tokens; as Kronecker factors
 * of single tokens have it, E[ggᵀ] ⊗ E[xxᵀ], they add up by chance. Where a decoder looks at
 * thousands of places of an encoder at once, what they have in common adds up as it is: Eschenhagen
 * et al. (2023) tell such "reduced" weights from "expanded" ones. What is told here is
 *
 * <pre>
 * κ = Σ ‖Σₜ gₜxₜᵀ‖² / Σ Σₜ ‖gₜ‖²‖xₜ‖²
 * </pre>
 *
 * the outer sums over samples: 1 where tokens have nothing in common.
 */
final class Coherence {

  private double together;
  private double apart;

  /**
   * Adds a batch.
   *
   * @param inputs x, [samples, tokens, in]
   * @param gradients g, [samples, tokens, out]
   */
  void add(Tensor inputs, Tensor gradients) {
    for (long sample = 0; sample < inputs.size(0); sample++) {
      try (var _ = TensorScope.open()) {
        Tensor x = inputs.select(0, sample).to(ScalarType.Float);
        Tensor g = gradients.select(0, sample).to(ScalarType.Float);
        together += squares(g.t().mm(x));
        Tensor each = g.square().sum(1).mul(x.square().sum(1));
        apart += each.to(ScalarType.Double).sum().item_double();
      }
    }
  }

  private static double squares(Tensor x) {
    return x.to(ScalarType.Double).square().sum().item_double();
  }

  /** κ; 1 where nothing came by. */
  double factor() {
    return apart > 0 && Double.isFinite(together / apart) ? together / apart : 1;
  }
}
