package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.model.Architecture;
import io.compot.model.Head;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** How far next-token distributions move where the head alone is another one. */
final class HeadDivergence {

  /** Samples that tell: what rounding does to a head is alike everywhere. */
  private static final int SAMPLES = 8;

  private HeadDivergence() {}

  /**
   * Mean KL(own ‖ other) over the tokens of some samples.
   *
   * @param last the hidden states behind the last block
   * @return nats a token
   */
  static double of(
      Architecture architecture,
      WeightLoader own,
      WeightLoader other,
      HiddenStates last,
      StopRequest stop)
      throws CompotException {
    double sum = 0;
    long tokens = 0;
    long rows = Math.max(1, HeadGradient.LOGITS_AT_ONCE / architecture.vocabularySize());
    try (Head before = architecture.head(own);
        Head after = architecture.head(other)) {
      for (int sample = 0; sample < Math.min(SAMPLES, last.samples()); sample++) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor hidden = last.batch(sample, sample + 1);
          for (long from = 0; from < hidden.size(1); from += rows) {
            long count = Math.min(rows, hidden.size(1) - from);
            sum += divergence(before, after, hidden.narrow(1, from, count));
            tokens += count;
          }
        }
      }
    }
    return tokens == 0 ? 0 : Math.max(0, sum / tokens);
  }

  private static double divergence(Head before, Head after, Tensor hidden) {
    try (var _ = TensorScope.open()) {
      Tensor own = likelihoods(before, hidden);
      Tensor off = own.sub(likelihoods(after, hidden));
      return own.exp_().mul_(off).sum().item_double();
    }
  }

  private static Tensor likelihoods(Head head, Tensor hidden) {
    try (var scope = TensorScope.open()) {
      Tensor logits = head.logits(head.normalise(hidden)).to(ScalarType.Double);
      return scope.keep(log_softmax(logits, -1));
    }
  }
}
