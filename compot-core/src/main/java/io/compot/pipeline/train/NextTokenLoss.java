package io.compot.pipeline.train;

import io.compot.calibration.SampleSource;
import io.compot.error.CompotException;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Negative log-likelihood of the tokens that follow, in nats; the last position of a window has
 * none.
 */
public record NextTokenLoss(SampleSource text) implements TrainedModel.Loss {

  @Override
  public Tensor of(Tensor likelihoods, int window, long from) throws CompotException {
    try (var scope = TensorScope.open()) {
      Tensor tokens = text.batch(window, window + 1);
      long count = Math.min(likelihoods.size(1), tokens.size(1) - 1 - from);
      Tensor wanted = tokens.narrow(1, from + 1, count).unsqueeze(-1).clone();
      Tensor sum = likelihoods.narrow(1, 0, count).gather(-1, wanted).sum();
      // The mean is taken over all positions.
      return scope.keep(sum.mul(new Scalar(-tokens.size(1) / (tokens.size(1) - 1.0))));
    }
  }
}
