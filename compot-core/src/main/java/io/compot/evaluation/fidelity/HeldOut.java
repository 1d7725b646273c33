package io.compot.evaluation.fidelity;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.model.CausalModel;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Held-out text on which many models made from one original are measured. The original is run once:
 * the output of its last block is kept in a file, and its next-token distributions are taken from
 * that through the head, which compression leaves as it is.
 */
public final class HeldOut implements AutoCloseable {

  private static final String STAGE = "evaluate";

  /** Logits of one model held at once: 64 MiB of F32. */
  private static final long LOGITS_AT_ONCE = 1L << 24;

  private final List<long[]> windows;
  private final SafetensorsFile states;
  private final HeldOutReport original;

  private HeldOut(List<long[]> windows, SafetensorsFile states, HeldOutReport original) {
    this.windows = windows;
    this.states = states;
    this.original = original;
  }

  /**
   * Runs the original.
   *
   * @param tokens of the whole text, cut into windows that do not overlap; an incomplete last one
   *     is dropped
   * @param window tokens a window, at least 2
   * @param most windows taken, from the start of the text
   * @param file for the states, replaced if it exists, removed by {@link #close()}
   * @throws UsageException where the window does not fit, or the text is too short for one
   * @throws FailureException where the model computes NaN, or the file cannot be written
   */
  public static HeldOut run(
      CausalModel original,
      long[] tokens,
      int window,
      int most,
      Path file,
      ProgressListener listener)
      throws CompotException {
    int context = original.architecture().contextLength();
    if (window < 2 || window > context) {
      throw new UsageException(
          "window %d does not fit: from 2 to the model's %d tokens".formatted(window, context));
    }
    int count = Math.min(most, tokens.length / window);
    if (count < 1) {
      throw new UsageException(
          "%d held-out tokens do not fill one of %d windows of %d; give more text or a smaller window"
              .formatted(tokens.length, most, window));
    }
    List<long[]> windows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      windows.add(Arrays.copyOfRange(tokens, i * window, (i + 1) * window));
    }
    write(original, windows, file);
    SafetensorsFile states = SafetensorsFile.open(file);
    boolean measured = false;
    try {
      var dense = new HeldOut(windows, states, HeldOutReport.none()).measure(original, listener);
      measured = true;
      return new HeldOut(windows, states, dense);
    } finally {
      if (!measured) {
        states.close();
      }
    }
  }

  private static void write(CausalModel original, List<long[]> windows, Path file)
      throws CompotException {
    List<TensorInfo> tensors = new ArrayList<>();
    long length = windows.getFirst().length;
    long hidden = original.architecture().hiddenSize();
    try (var _ = TensorScope.open()) {
      ScalarType type = original.hidden(ids(windows.getFirst()), null).scalar_type();
      Dtype dtype = type == ScalarType.BFloat16 ? Dtype.BF16 : Dtype.F32;
      for (int i = 0; i < windows.size(); i++) {
        tensors.add(new TensorInfo(name(i), dtype, List.of(length, hidden)));
      }
    }
    try (var writer = new SafetensorsWriter(file, tensors, Map.of())) {
      for (int i = 0; i < windows.size(); i++) {
        try (var _ = TensorScope.open()) {
          Tensor states = original.hidden(ids(windows.get(i)), null).squeeze(0).contiguous();
          writer.write(name(i), NativeMemory.bytes(states));
        }
      }
      writer.finish();
    }
  }

  /** What the original itself gives: no divergence, and its perplexity. */
  public HeldOutReport original() {
    return original;
  }

  /**
   * Measures a model.
   *
   * @param model made from the original, with its head
   * @throws InputException where it is of another shape
   * @throws FailureException where it computes NaN
   */
  public HeldOutReport measure(CausalModel model, ProgressListener listener)
      throws CompotException {
    long start = System.nanoTime();
    listener.on(new Progress.StageStarted(STAGE, windows.size()));
    List<Double> divergences = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    double loss = 0;
    long agreements = 0;
    for (int i = 0; i < windows.size(); i++) {
      Sums sums = measure(model, i);
      loss += sums.loss();
      losses.add(sums.loss() / (windows.get(i).length - 1));
      agreements += sums.agreements();
      divergences.add(sums.divergence() / windows.get(i).length);
      if (!Double.isFinite(loss) || !Double.isFinite(sums.divergence())) {
        throw new FailureException(
            "the model or its original computes NaN or infinite logits in held-out window %d; compute in f32, or check the checkpoints"
                .formatted(i));
      }
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      Duration left = elapsed.multipliedBy(windows.size() - i - 1L).dividedBy(i + 1L);
      listener.on(new Progress.Step(STAGE, "held-out text", i + 1L, windows.size(), elapsed, left));
    }
    listener.on(new Progress.StageFinished(STAGE, Duration.ofNanos(System.nanoTime() - start)));
    long window = windows.getFirst().length;
    double scored = windows.size() * (window - 1.0);
    double mean =
        divergences.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    return new HeldOutReport(
        Math.exp(loss / scored),
        Math.exp(loss / scored) * Fidelity.standardError(losses),
        loss / scored,
        mean,
        Fidelity.standardError(divergences),
        agreements / ((double) windows.size() * window),
        (int) window,
        windows.size());
  }

  /** Of one window. */
  private record Sums(double loss, double divergence, long agreements) {}

  private Sums measure(CausalModel model, int index) throws CompotException {
    try (var _ = TensorScope.open();
        var last = new LongOptional(-1)) {
      long[] window = windows.get(index);
      Tensor tokens = ids(window);
      Tensor own = model.hidden(tokens, null).squeeze(0);
      Tensor reference = states.tensor(name(index));
      if (own.size(1) != reference.size(1)) {
        throw new InputException(
            "the model's hidden size is %d, the original's %d; measure a model made from this original"
                .formatted(own.size(1), reference.size(1)));
      }
      double loss = 0;
      double divergence = 0;
      long agreements = 0;
      long atOnce = Math.max(1, LOGITS_AT_ONCE / model.architecture().vocabularySize());
      for (long from = 0; from < window.length; from += atOnce) {
        try (var _ = TensorScope.open()) {
          long width = Math.min(atOnce, window.length - from);
          Tensor q = likelihoods(model, own.narrow(0, from, width));
          Tensor p = likelihoods(model, reference.narrow(0, from, width));
          divergence += p.exp().mul(p.sub(q)).to(ScalarType.Double).sum().item_double();
          agreements += p.argmax(last, false).eq(q.argmax(last, false)).sum().item_long();
          long scored = Math.min(width, window.length - 1 - from);
          if (scored > 0) {
            Tensor targets = tokens.squeeze(0).narrow(0, from + 1, scored).unsqueeze(-1);
            Tensor found = q.narrow(0, 0, scored).gather(-1, targets);
            loss -= found.to(ScalarType.Double).sum().item_double();
          }
        }
      }
      return new Sums(loss, divergence, agreements);
    }
  }

  private static Tensor likelihoods(CausalModel model, Tensor hidden) {
    try (var scope = TensorScope.open();
        var single = new ScalarTypeOptional(ScalarType.Float)) {
      return scope.keep(log_softmax(model.logitsOf(hidden), -1, single));
    }
  }

  private static Tensor ids(long[] window) {
    return Tensor.create(window).unsqueeze(0);
  }

  private static String name(int window) {
    return "window." + window;
  }

  /** Removes the file. */
  @Override
  public void close() throws FailureException {
    Path file = states.file();
    states.close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new FailureException(
          file + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }
}
