package io.compot.pipeline.train;

import io.compot.calibration.SampleSource;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.codec.TrainedWeight;
import io.compot.model.Architecture;
import io.compot.model.Context;
import io.compot.model.Entry;
import io.compot.model.Head;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A decoder whose projections are trained end to end. Kept are the hidden states before each block
 * for one batch of windows; going back each block is run again, so that the graph is that of one
 * block (arXiv 1604.06174), and so is the head, some rows of logits at a time.
 */
public final class TrainedModel implements AutoCloseable {

  /** Logits held at once: 16 MiB of F32, in a graph that holds a few such matrices. */
  private static final long LOGITS_AT_ONCE = 1L << 22;

  private final SampleSource samples;
  private final Loss loss;
  private final long rows;
  private final List<Runnable> parts = new ArrayList<>();
  private final List<TrainedBlock> blocks = new ArrayList<>();
  private final Entry entry;
  private final Head head;

  /** What next-token distributions are to be. */
  @FunctionalInterface
  public interface Loss {

    /**
     * Summed over positions.
     *
     * @param likelihoods of the next token, in logarithms, [1, T, V]
     * @param window number of the sample
     * @param from number of the first position in it
     * @return a number, in the caller's scope, that gradients go through
     */
    Tensor of(Tensor likelihoods, int window, long from) throws CompotException;
  }

  /**
   * A decoder.
   *
   * @param samples of it
   * @param source of what is trained
   */
  public TrainedModel(
      Architecture architecture,
      ModelSource model,
      SampleSource samples,
      TrainedBlock.Source source,
      Loss loss)
      throws CompotException {
    Stack stack = architecture.decoder();
    this.samples = samples;
    this.loss = loss;
    this.rows = Math.max(1, LOGITS_AT_ONCE / architecture.vocabularySize());
    boolean whole = false;
    try {
      WeightLoader loader = WeightLoader.of(model, Dtype.F32);
      entry = stack.entry(loader);
      parts.add(entry::close);
      head = architecture.head(loader);
      parts.add(head::close);
      for (int block = 0; block < stack.blocks(); block++) {
        var trained = new TrainedBlock(model, stack, block, source);
        blocks.add(trained);
        parts.add(trained::close);
      }
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  /** What is trained, block after block. */
  public List<Tensor> leaves() {
    return blocks.stream().flatMap(block -> block.leaves().stream()).toList();
  }

  /** What comes of it as the checkpoint stores it, in the caller's scope. */
  public SequencedMap<TensorInfo, Tensor> rounded() {
    var rounded = new LinkedHashMap<TensorInfo, Tensor>();
    blocks.forEach(block -> rounded.putAll(block.rounded()));
    return rounded;
  }

  /** Has the model compute by its numbers as they are stored, until what is given is closed. */
  public TrainedWeight.Shown asStored() {
    List<TrainedWeight.Shown> shown = blocks.stream().map(TrainedBlock::asStored).toList();
    return () -> shown.forEach(TrainedWeight.Shown::close);
  }

  /** Puts numbers, in the order of {@link #leaves}, in the place of what is trained. */
  public void put(List<Tensor> numbers) {
    try (var _ = TensorScope.open()) {
      List<Tensor> leaves = leaves();
      for (int i = 0; i < leaves.size(); i++) {
        leaves.get(i).detach().copy_(numbers.get(i));
      }
    }
  }

  /** The mean loss a position of some windows, forward only. */
  public double loss(List<Integer> windows) throws CompotException {
    try (var _ = TensorScope.open();
        var _ = new NoGradGuard()) {
      Tensor hidden = entering(windows);
      for (TrainedBlock each : blocks) {
        hidden = through(each, hidden);
      }
      return ended(hidden, windows, null);
    }
  }

  /** Adds to the gradients of what is trained those of the mean loss, which it gives. */
  public double differentiate(List<Integer> windows) throws CompotException {
    try (var _ = TensorScope.open()) {
      List<Tensor> before = new ArrayList<>();
      Tensor gradient;
      double mean;
      Tensor hidden;
      try (var _ = new NoGradGuard()) {
        hidden = entering(windows);
        for (TrainedBlock each : blocks) {
          before.add(hidden);
          hidden = through(each, hidden);
        }
      }
      gradient = hidden.new_zeros(hidden.sizes());
      mean = ended(hidden, windows, gradient);
      for (int block = blocks.size() - 1; block >= 0; block--) {
        gradient = back(blocks.get(block), before.get(block), gradient);
      }
      return mean;
    }
  }

  private Tensor entering(List<Integer> windows) throws CompotException {
    try (var scope = TensorScope.open();
        var each = new TensorVector()) {
      for (int window : windows) {
        each.push_back(samples.batch(window, window + 1));
      }
      return scope.keep(
          entry.forward(torch.cat(each, 0), Context.none()).to(ScalarType.Float).contiguous());
    }
  }

  private static Tensor through(TrainedBlock block, Tensor hidden) {
    try (var scope = TensorScope.open()) {
      return scope.keep(block.block().forward(hidden.clone(), Context.none()));
    }
  }

  private static Tensor back(TrainedBlock block, Tensor hidden, Tensor gradient) {
    try (var scope = TensorScope.open()) {
      Tensor leaf = hidden.clone().requires_grad_(true);
      block.block().forward(leaf, Context.none()).mul(gradient).sum().backward();
      return scope.keep(leaf.grad().clone());
    }
  }

  /**
   * The mean loss.
   *
   * @param gradient takes that of the mean loss over the hidden states; null where it is not wanted
   */
  private double ended(Tensor hidden, List<Integer> windows, @Nullable Tensor gradient)
      throws CompotException {
    double sum = 0;
    long length = hidden.size(1);
    for (int i = 0; i < windows.size(); i++) {
      for (long from = 0; from < length; from += rows) {
        long count = Math.min(rows, length - from);
        try (var _ = TensorScope.open()) {
          Tensor leaf = hidden.narrow(0, i, 1).narrow(1, from, count).clone();
          leaf.requires_grad_(gradient != null);
          Tensor logits = head.logits(head.normalise(leaf)).to(ScalarType.Float);
          Tensor part = loss.of(torch.log_softmax(logits, -1), windows.get(i), from);
          sum += part.item_double();
          if (gradient != null) {
            part.backward();
            Tensor scaled = leaf.grad().div(new Scalar((double) windows.size() * length));
            gradient.narrow(0, i, 1).narrow(1, from, count).copy_(scaled);
          }
        }
      }
    }
    return sum / (windows.size() * length);
  }

  @Override
  public void close() {
    parts.reversed().forEach(Runnable::run);
  }
}
