package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.model.Architecture;
import io.compot.model.Head;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The gradient, over the last hidden states, of the log-likelihood of labels that are sampled from
 * the model itself.
 */
final class HeadGradient {

  /** Logits held at once: 16 MiB of F32, in a graph that holds a few such matrices. */
  static final long LOGITS_AT_ONCE = 1L << 22;

  private HeadGradient() {}

  /** Tokens whose likelihood is differentiated. */
  @FunctionalInterface
  interface Labels {

    /**
     * Those of some positions of a sample.
     *
     * @param likelihoods of the next token, in logarithms, [1, T, V]
     * @param from number of the first position
     * @return [1, T, 1], or fewer positions where those behind have none
     */
    Tensor of(Tensor likelihoods, int sample, long from) throws CompotException;

    /** Drawn from the model's own distributions, one after the other. */
    static Labels sampled(long seed) {
      var random = new SplittableRandom(seed);
      return (likelihoods, _, _) -> sample(likelihoods, random);
    }

    /** The tokens that follow in the text; the last position has none. */
    static Labels following(SampleSource text) {
      return (likelihoods, sample, from) -> {
        try (var scope = TensorScope.open()) {
          Tensor tokens = text.batch(sample, sample + 1);
          long count = Math.min(likelihoods.size(1), tokens.size(1) - 1 - from);
          return scope.keep(tokens.narrow(1, from + 1, count).unsqueeze(-1).clone());
        }
      };
    }
  }

  /**
   * Differentiates sample by sample.
   *
   * @param last the hidden states behind the last block
   * @param sink takes the gradient
   * @throws CompotException where the head cannot be used or the gradient is no finite number
   */
  static void of(
      Architecture architecture,
      WeightLoader loader,
      HiddenStates last,
      StateStore.Sink sink,
      Labels labels,
      StopRequest stop)
      throws CompotException {
    long rows = Math.max(1, LOGITS_AT_ONCE / architecture.vocabularySize());
    try (Head head = architecture.head(loader)) {
      for (int window = 0; window < last.samples(); window++) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor whole = last.batch(window, window + 1).clone();
          for (long from = 0; from < whole.size(1); from += rows) {
            Tensor part = whole.narrow(1, from, Math.min(rows, whole.size(1) - from));
            differentiate(head, part, labels, window, from);
          }
          sink.add(whole);
        }
      }
    }
  }

  /** Puts the gradient where the states were. */
  private static void differentiate(Head head, Tensor hidden, Labels labels, int sample, long from)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor leaf = hidden.clone().requires_grad_(true);
      Tensor logits = head.logits(head.normalise(leaf)).to(ScalarType.Float);
      Tensor likelihoods = log_softmax(logits, -1);
      Tensor wanted = labels.of(likelihoods.detach(), sample, from);
      likelihoods.narrow(1, 0, wanted.size(1)).gather(-1, wanted).sum().backward();
      Tensor gradient = leaf.grad();
      Activations.requireFinite(gradient, "head: its gradient");
      hidden.copy_(gradient);
    }
  }

  /** One label a position by the inverse of the distribution function, [..., 1]. */
  static Tensor sample(Tensor likelihoods, SplittableRandom random) {
    try (var scope = TensorScope.open()) {
      Tensor sums = likelihoods.to(ScalarType.Double).exp_().cumsum(-1);
      long last = sums.size(-1) - 1;
      Tensor drawn = sums.narrow(-1, last, 1).contiguous();
      var values = NativeMemory.bytes(drawn).asByteBuffer().order(ByteOrder.nativeOrder());
      for (int i = 0; values.remaining() > 0; i++) {
        values.putDouble(values.getDouble(i * Double.BYTES) * random.nextDouble());
      }
      Tensor below =
          sums.le(drawn).sum(new long[] {-1}, true, new ScalarTypeOptional(ScalarType.Long));
      return scope.keep(below.clamp_max(new Scalar(last)));
    }
  }
}
