package io.compot.calibration;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The rise of the mean loss that a change of one weight is predicted to cause, ½ tr(E[ggᵀ] ΔW
 * E[xxᵀ] ΔWᵀ) times what comes by the weight for each token of the loss, in nats a token; 0 where
 * nothing came by; of what {@link BackwardPass} observed. By a decoder's weights comes each token,
 * by an encoder's all that is heard, by an expert's a part of the tokens.
 *
 * @param inputs sum of xxᵀ
 * @param outputs sum of ggᵀ over the same
 * @param scored tokens whose loss it is
 * @param coherence how much more tokens do together than each by itself; 1 for nothing
 */
public record PredictedRise(Gram inputs, Gram outputs, long scored, double coherence) {

  /** Of tokens that have nothing in common. */
  public PredictedRise(Gram inputs, Gram outputs, long scored) {
    this(inputs, outputs, scored, 1);
  }

  /**
   * The prediction.
   *
   * @param change ΔW, torch layout [out, in], any floating type
   */
  public double of(Tensor change) {
    if (inputs.tokens() == 0 || outputs.tokens() == 0) {
      return 0;
    }
    try (var _ = TensorScope.open()) {
      Tensor wide = change.to(ScalarType.Double);
      double sum = outputs.matrix().mm(wide).mul_(wide.mm(inputs.matrix())).sum().item_double();
      return coherence * Math.max(0, sum) / 2 / inputs.tokens() / scored;
    }
  }
}
