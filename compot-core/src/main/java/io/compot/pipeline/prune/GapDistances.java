package io.compot.pipeline.prune;

import static org.bytedeco.pytorch.global.torch.cosine_similarity;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.Lengths;
import io.compot.error.CompotException;
import io.compot.method.structured.ReplaceMeMethod.Distance;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How far the hidden states before and behind some blocks are apart, on average over all tokens.
 */
final class GapDistances {

  private GapDistances() {}

  /**
   * The distance between the states before one block and before another behind it.
   *
   * @param stop looked at before each batch
   */
  static double of(
      Distance distance, ForwardStates states, int before, int behind, StopRequest stop)
      throws CompotException {
    HiddenStates first = states.before(before);
    HiddenStates second = states.before(behind);
    double sum = 0;
    for (Lengths.Batch batch : first.lengths().batches()) {
      stop.check();
      try (var _ = TensorScope.open()) {
        Tensor a = first.batch(batch.from(), batch.to()).to(ScalarType.Double);
        Tensor b = second.batch(batch.from(), batch.to()).to(ScalarType.Double);
        sum += distances(distance, a, b).sum().item_double();
      }
    }
    return sum / first.lengths().total();
  }

  private static Tensor distances(Distance distance, Tensor a, Tensor b) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          switch (distance) {
            case COSINE ->
                cosine_similarity(a, b, -1, 1e-8)
                    .clamp_min_(new Scalar(-1))
                    .clamp_max_(new Scalar(1))
                    .acos_()
                    .div_(new Scalar(Math.PI));
            case L2 -> a.sub(b).square_().sum(-1).sqrt_();
          });
    }
  }
}
