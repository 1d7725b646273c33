package io.compot.pipeline.prune;

import static org.bytedeco.pytorch.global.torch.cosine_similarity;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.Lengths;
import io.compot.error.CompotException;
import io.compot.method.structured.ReplaceMeMethod.Distance;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.function.BinaryOperator;
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
    return mean(
        states,
        before,
        behind,
        stop,
        switch (distance) {
          case COSINE -> (a, b) -> cosines(a, b).acos_().div_(new Scalar(Math.PI));
          case L2 -> (a, b) -> a.sub(b).square_().sum(-1).sqrt_();
        });
  }

  /** The influence of a block: 1 − cos of the states before and behind it. */
  static double influence(ForwardStates states, int block, StopRequest stop)
      throws CompotException {
    return mean(states, block, block + 1, stop, (a, b) -> cosines(a, b).neg_().add_(new Scalar(1)));
  }

  private static Tensor cosines(Tensor a, Tensor b) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          cosine_similarity(a, b, -1, 1e-8).clamp_min_(new Scalar(-1)).clamp_max_(new Scalar(1)));
    }
  }

  /**
   * A mean over tokens.
   *
   * @param each of [..., width] before and behind, [...]
   */
  private static double mean(
      ForwardStates states, int before, int behind, StopRequest stop, BinaryOperator<Tensor> each)
      throws CompotException {
    HiddenStates first = states.before(before);
    HiddenStates second = states.before(behind);
    double sum = 0;
    for (Lengths.Batch batch : first.lengths().batches()) {
      stop.check();
      try (var _ = TensorScope.open()) {
        Tensor a = first.batch(batch.from(), batch.to()).to(ScalarType.Double);
        Tensor b = second.batch(batch.from(), batch.to()).to(ScalarType.Double);
        sum += each.apply(a, b).sum().item_double();
      }
    }
    return sum / first.lengths().total();
  }
}
