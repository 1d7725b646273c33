package io.compot.evaluation.fidelity;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.tensor.TensorScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * KL divergence, agreement and hidden-state error between a model and its original. Finer than
 * accuracy and much cheaper: every token of any text counts.
 */
public final class Fidelity {

  private static final String STAGE = "evaluate";

  /** Logits of one model held at once: 64 MiB of F32. */
  private static final long LOGITS_AT_ONCE = 1L << 24;

  private final CausalModel model;
  private final CausalModel original;
  private final ProgressListener listener;

  /** Squared norms of difference and original, summed over positions, a pair a hidden state. */
  private final double[] differences;

  private final double[] norms;
  private double divergence;
  private long agreements;

  private Fidelity(CausalModel model, CausalModel original, ProgressListener listener) {
    this.model = model;
    this.original = original;
    this.listener = listener;
    this.differences = new double[original.architecture().decoder().blocks() + 1];
    this.norms = new double[differences.length];
  }

  /**
   * Measures on a text.
   *
   * @param tokens of the text
   * @param window tokens a window
   * @throws InputException where the two are not models of one shape
   * @throws UsageException where the window does not fit, or the text is empty
   * @throws FailureException where a model computes NaN
   */
  public static FidelityReport measure(
      CausalModel model, CausalModel original, long[] tokens, int window, ProgressListener listener)
      throws CompotException {
    check(model.architecture(), original.architecture());
    int most =
        Math.min(model.architecture().contextLength(), original.architecture().contextLength());
    if (window < 1 || window > most) {
      throw new UsageException(
          "window %d does not fit: from 1 to the model's %d tokens".formatted(window, most));
    }
    if (tokens.length == 0) {
      throw new UsageException("there is no token to compare on; give a longer text");
    }
    return new Fidelity(model, original, listener).measure(tokens, window);
  }

  private static void check(Architecture model, Architecture original) throws InputException {
    if (model.vocabularySize() != original.vocabularySize()
        || model.decoder().width() != original.decoder().width()
        || model.decoder().blocks() != original.decoder().blocks()) {
      throw new InputException(
          "the model (%s) and its original (%s) differ in shape; compare with the checkpoint it was made from"
              .formatted(shape(model), shape(original)));
    }
  }

  private static String shape(Architecture model) {
    return "%d blocks, hidden %d, vocabulary %d"
        .formatted(model.decoder().blocks(), model.decoder().width(), model.vocabularySize());
  }

  private FidelityReport measure(long[] tokens, int window) throws FailureException {
    int windows = Math.ceilDiv(tokens.length, window);
    List<Double> divergences = new ArrayList<>();
    long start = System.nanoTime();
    listener.on(new Progress.StageStarted(STAGE, windows));
    for (int i = 0; i < windows; i++) {
      int from = i * window;
      long[] ids = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + window));
      double before = divergence;
      add(ids);
      if (!Double.isFinite(divergence)) {
        throw new FailureException(
            "the model or its original computes NaN or infinite logits in window %d; compute in f32, or check the checkpoints"
                .formatted(i));
      }
      divergences.add((divergence - before) / ids.length);
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      Duration left = elapsed.multipliedBy(windows - i - 1L).dividedBy(i + 1L);
      listener.on(new Progress.Step(STAGE, "fidelity", i + 1L, windows, elapsed, left));
    }
    listener.on(new Progress.StageFinished(STAGE, Duration.ofNanos(System.nanoTime() - start)));
    List<Double> errors = new ArrayList<>();
    for (int k = 0; k < norms.length; k++) {
      errors.add(differences[k] == 0 ? 0 : Math.sqrt(differences[k] / norms[k]));
    }
    double mean = divergence / tokens.length;
    return new FidelityReport(
        mean,
        standardError(divergences),
        (double) agreements / tokens.length,
        errors,
        window,
        windows,
        tokens.length,
        divergences);
  }

  static double standardError(List<Double> values) {
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    double squares = values.stream().mapToDouble(each -> (each - mean) * (each - mean)).sum();
    int count = values.size();
    return count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1) / count);
  }

  private void add(long[] ids) {
    try (var _ = TensorScope.open()) {
      Tensor tokens = Tensor.create(ids).unsqueeze(0);
      List<Tensor> own = model.hiddenStates(tokens);
      List<Tensor> reference = original.hiddenStates(tokens);
      for (int k = 0; k < norms.length; k++) {
        Tensor h = reference.get(k).to(ScalarType.Double);
        differences[k] += own.get(k).to(ScalarType.Double).sub(h).square().sum().item_double();
        norms[k] += h.square().sum().item_double();
      }
      long atOnce = Math.max(1, LOGITS_AT_ONCE / model.architecture().vocabularySize());
      for (long from = 0; from < ids.length; from += atOnce) {
        long width = Math.min(atOnce, ids.length - from);
        compare(own.getLast().narrow(1, from, width), reference.getLast().narrow(1, from, width));
      }
    }
  }

  private void compare(Tensor own, Tensor reference) {
    try (var _ = TensorScope.open();
        var single = new ScalarTypeOptional(ScalarType.Float);
        var last = new LongOptional(-1)) {
      Tensor q = log_softmax(model.logitsOf(own), -1, single);
      Tensor p = log_softmax(original.logitsOf(reference), -1, single);
      divergence += p.exp().mul(p.sub(q)).to(ScalarType.Double).sum().item_double();
      agreements += p.argmax(last, false).eq(q.argmax(last, false)).sum().item_long();
    }
  }
}
