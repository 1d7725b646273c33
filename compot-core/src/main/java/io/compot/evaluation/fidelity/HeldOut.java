package io.compot.evaluation.fidelity;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.Head;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Held-out text on which many models made from one original are measured. The original is run once:
 * the output of its last block is kept in a file, and its next-token distributions are taken from
 * that through its own head, so that a model may have another one (in fewer bits, say).
 */
public final class HeldOut implements AutoCloseable {

  private static final String STAGE = "evaluate";

  /** Logits of one model held at once: 64 MiB of F32. */
  private static final long LOGITS_AT_ONCE = 1L << 24;

  private final HeldOutWindows windows;
  private final SafetensorsFile states;
  private final Head head;
  private final Runnable owner;

  private HeldOut(HeldOutWindows windows, SafetensorsFile states, Head head, Runnable owner) {
    this.windows = windows;
    this.states = states;
    this.head = head;
    this.owner = owner;
  }

  /**
   * Runs the original, unless its states are there.
   *
   * @param loader its weights as they are; the source must stay open
   * @param owner run when this is closed, to close that source
   * @param tokens of the whole text, cut into windows that do not overlap; an incomplete last one
   *     is dropped
   * @param window tokens a window, at least 2
   * @param most windows taken, from the start of the text
   * @param states the file of the original's states: what is there is taken for them, and stays
   * @param stop looked at between windows
   * @throws UsageException where the window does not fit, or the text is too short for one
   * @throws FailureException where the file cannot be written
   */
  public static HeldOut of(
      Architecture architecture,
      WeightLoader loader,
      Runnable owner,
      long[] tokens,
      int window,
      int most,
      Path states,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    var windows = HeldOutWindows.of(tokens, window, most, architecture.contextLength());
    if (!Files.exists(states)) {
      try (CausalModel original = CausalModel.load(architecture, loader)) {
        OriginalStates.write(original, windows, states, listener, stop);
      }
    }
    Head head = architecture.head(loader);
    boolean opened = false;
    try {
      var heldOut = new HeldOut(windows, SafetensorsFile.open(states), head, owner);
      opened = true;
      return heldOut;
    } finally {
      if (!opened) {
        head.close();
      }
    }
  }

  /** Tokens a window. */
  public int window() {
    return windows.length();
  }

  /** How many there are. */
  public int windows() {
    return windows.count();
  }

  /** What the original itself gives: no divergence, and its perplexity. */
  public HeldOutReport measureOriginal(ProgressListener listener, StopRequest stop)
      throws CompotException {
    return measure(head, (_, index) -> states.tensor(OriginalStates.name(index)), listener, stop);
  }

  /**
   * Measures a model.
   *
   * @param model with the original's vocabulary
   * @param stop looked at between windows
   * @throws InputException where it is of another shape
   * @throws FailureException where it computes NaN
   */
  public HeldOutReport measure(CausalModel model, ProgressListener listener, StopRequest stop)
      throws CompotException {
    return measure(
        model.head(), (tokens, _) -> model.hidden(tokens, null).squeeze(0), listener, stop);
  }

  /** Gives the output of a model's last block on a window, [T, H]. */
  @FunctionalInterface
  private interface States {
    Tensor of(Tensor tokens, int index) throws CompotException;
  }

  private HeldOutReport measure(
      Head own, States ofModel, ProgressListener listener, StopRequest stop)
      throws CompotException {
    List<Double> divergences = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    double loss = 0;
    long agreements = 0;
    try (var stage = new Run(listener, stop, 0).stage(STAGE, windows.count())) {
      for (int i = 0; i < windows.count(); i++) {
        stage.safePoint();
        Sums sums = measure(own, ofModel, i);
        loss += sums.loss();
        losses.add(sums.loss() / (windows.length() - 1));
        agreements += sums.agreements();
        divergences.add(sums.divergence() / windows.length());
        if (!Double.isFinite(loss) || !Double.isFinite(sums.divergence())) {
          throw new FailureException(
              "the model or its original computes NaN or infinite logits in held-out window %d; compute in f32, or check the checkpoints"
                  .formatted(i));
        }
        stage.advance("held-out text", 1);
      }
    }
    double scored = windows.count() * (windows.length() - 1.0);
    double mean =
        divergences.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    return new HeldOutReport(
        Math.exp(loss / scored),
        Math.exp(loss / scored) * Fidelity.standardError(losses),
        loss / scored,
        mean,
        Fidelity.standardError(divergences),
        agreements / ((double) windows.count() * windows.length()),
        windows.length(),
        windows.count());
  }

  /** Of one window. */
  private record Sums(double loss, double divergence, long agreements) {}

  private Sums measure(Head own, States ofModel, int index) throws CompotException {
    try (var _ = TensorScope.open();
        var last = new LongOptional(-1)) {
      long[] window = windows.all().get(index);
      Tensor tokens = ids(window);
      Tensor hidden = ofModel.of(tokens, index);
      Tensor reference = states.tensor(OriginalStates.name(index));
      double loss = 0;
      double divergence = 0;
      long agreements = 0;
      long atOnce = Math.max(1, LOGITS_AT_ONCE / vocabulary(reference));
      for (long from = 0; from < window.length; from += atOnce) {
        try (var _ = TensorScope.open()) {
          long width = Math.min(atOnce, window.length - from);
          Tensor q = likelihoods(own, hidden.narrow(0, from, width));
          Tensor p = likelihoods(head, reference.narrow(0, from, width));
          requireAlike(p, q);
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

  private long vocabulary(Tensor reference) {
    try (var _ = TensorScope.open()) {
      return head.logits(head.normalise(reference.narrow(0, 0, 1))).size(-1);
    }
  }

  private static void requireAlike(Tensor original, Tensor model) throws InputException {
    if (original.size(-1) != model.size(-1)) {
      throw new InputException(
          "the model tells %d tokens apart, the original %d; measure a model made from this original"
              .formatted(model.size(-1), original.size(-1)));
    }
  }

  private static Tensor likelihoods(Head head, Tensor hidden) {
    try (var scope = TensorScope.open();
        var single = new ScalarTypeOptional(ScalarType.Float)) {
      return scope.keep(log_softmax(head.logits(head.normalise(hidden)), -1, single));
    }
  }

  static Tensor ids(long[] window) {
    return Tensor.create(window).unsqueeze(0);
  }

  /** Lets go of the file, which stays, of the head and its source. */
  @Override
  public void close() {
    states.close();
    head.close();
    owner.run();
  }
}
