package io.compot.calibration;

import io.compot.tensor.TensorScope;
import java.util.function.IntPredicate;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The rise of the mean loss that a change of one weight is predicted to cause, in nats a token, of
 * what {@link BackwardPass} observed: from the {@linkplain SampleGradients whole gradients} of
 * samples where there are any, and else ½ tr(E[ggᵀ] ΔW E[xxᵀ] ΔWᵀ) times what comes by the weight
 * for each token of the loss; 0 where nothing came by. By a decoder's weights comes each token, by
 * an encoder's all that is heard, by an expert's a part of the tokens.
 *
 * @param inputs sum of xxᵀ
 * @param outputs sum of ggᵀ over the same
 * @param scored tokens whose loss it is
 * @param samples of the weight; null where nobody looked
 * @param asked samples that say it, where there are whole gradients
 */
public record PredictedRise(
    Gram inputs, Gram outputs, long scored, @Nullable SampleGradients samples, IntPredicate asked) {

  /** Of tokens that have nothing in common. */
  public PredictedRise(Gram inputs, Gram outputs, long scored) {
    this(inputs, outputs, scored, null, _ -> true);
  }

  /** How much more the tokens of a sample do together than each by itself; 1 where none is told. */
  public double coherence() {
    return samples == null ? 1 : samples.coherence();
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
    if (samples != null && samples.known()) {
      return samples.rise(change, scored, asked);
    }
    try (var _ = TensorScope.open()) {
      Tensor wide = change.to(ScalarType.Double);
      double sum = outputs.matrix().mm(wide).mul_(wide.mm(inputs.matrix())).sum().item_double();
      return coherence() * Math.max(0, sum) / 2 / inputs.tokens() / scored;
    }
  }
}
