package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.empty_like;

import io.compot.tensor.PolarFactor;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The paper's step D ← polar(M). Where the polar factor is followed rather than computed anew it
 * lags behind M by about a fifth of M's last change, so that much is added there: the error ends at
 * that of exact steps or just below.
 */
final class ProcrustesStep implements DictionaryStep {

  private static final double LAG = 0.2;

  private final boolean lags;
  private final Tensor before; // M of the step before
  private boolean known;

  /**
   * A run of steps.
   *
   * @param dictionary as large as M; only looked at
   */
  ProcrustesStep(Tensor dictionary) {
    this.lags = PolarFactor.isFollowed(dictionary.size(1));
    this.before = lags ? empty_like(dictionary) : dictionary;
  }

  @Override
  public boolean apply(Tensor dictionary, Tensor correlation, Tensor code) {
    try (var _ = TensorScope.open()) {
      boolean ahead = known;
      PolarFactor.update(
          dictionary,
          ahead ? correlation.sub(before).mul_(new Scalar(LAG)).add_(correlation) : correlation);
      return ahead;
    }
  }

  @Override
  public void undo(Tensor dictionary) {
    known = false;
  }

  @Override
  public void accept(Tensor correlation) {
    if (lags) {
      before.copy_(correlation);
      known = true;
    }
  }
}
