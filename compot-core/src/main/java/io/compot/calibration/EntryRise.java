package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Context;
import io.compot.model.Entry;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What another entry of a stack, such as a rounded embedding, is predicted to cost. */
final class EntryRise {

  private EntryRise() {}

  /**
   * ½ E[(g·Δx)²] over all tokens, Δx the difference of the two entries' hidden states.
   *
   * @param gradient g of the log-likelihood over the states before the first block
   * @return nats a token
   */
  static double of(
      StackFeed feed, WeightLoader own, WeightLoader other, HiddenStates gradient, StopRequest stop)
      throws CompotException {
    double sum = 0;
    long tokens = 0;
    try (Entry before = feed.stack().entry(own);
        Entry after = feed.stack().entry(other)) {
      for (Lengths.Batch batch : feed.samples().lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor samples = feed.samples().batch(batch.from(), batch.to());
          Context context = feed.entering(batch);
          Tensor change = after.forward(samples, context).sub(before.forward(samples, context));
          Tensor slope = gradient.batch(batch.from(), batch.to()).to(ScalarType.Double);
          Tensor along = change.to(ScalarType.Double).mul(slope).sum(-1);
          sum += along.square().sum().item_double();
          tokens += along.numel();
        }
      }
    }
    return tokens == 0 ? 0 : sum / 2 / tokens;
  }
}
