package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One backward pass over calibration samples, block by block from the last to the first, and where
 * a decoder looks at an encoder's output, on through the encoder. The labels are sampled from the
 * model itself, so E[ggᵀ] of a projection's output gradients g is the Fisher information of that
 * output: for small changes ΔW of the weight,
 *
 * <pre>
 * ½ tr(E[ggᵀ] ΔW E[xxᵀ] ΔWᵀ)
 * </pre>
 *
 * predicts the rise of the mean loss a token, which is also the mean KL divergence, in nats (what
 * changes at different tokens have in common is left out). Kept are the hidden states before each
 * block, in memory or in files, and one gradient; a block is run again when its turn comes, so that
 * weights and graph of one block are held at a time.
 */
public final class BackwardPass implements AutoCloseable {

  private final Architecture architecture;
  private final CalibrationSamples samples;
  private final WeightLoader loader;
  private final StateStore store;
  private final StopRequest stop;

  /** In the model's order; each looks at nothing, or at the one before it. */
  private final List<StackBackward> stacks = new ArrayList<>();

  /** What stacks that others look at have made. */
  private final List<HiddenStates> outputs = new ArrayList<>();

  /** The stack whose turn it is. */
  private int turn;

  /** Of the block whose turn it is, where somebody has asked. */
  private @Nullable Curvature curvature;

  private BackwardPass(
      Architecture architecture,
      CalibrationSamples samples,
      WeightLoader loader,
      StateStore store,
      StopRequest stop) {
    this.architecture = architecture;
    this.samples = samples;
    this.loader = loader;
    this.store = store;
    this.stop = stop;
    this.turn = samples.stacks(architecture).size() - 1;
  }

  /** The same without a trial of other heads. */
  public static BackwardPass start(
      Architecture architecture,
      WeightLoader loader,
      CalibrationSamples samples,
      StateStore store,
      int wanted,
      long seed,
      StopRequest stop)
      throws CompotException {
    return start(architecture, loader, samples, store, wanted, seed, _ -> {}, stop);
  }

  /**
   * Runs the model forward and samples labels, or goes on from states of an earlier process.
   *
   * @param loader weights as they are; its source must stay open
   * @param store for the hidden states before each block, and the gradients
   * @param wanted the last block that somebody wants to see, counted over all stacks; gradients
   *     behind it may be skipped
   * @param seed of the labels
   * @param trial of other heads, on hidden states behind the last block; not asked where an earlier
   *     process came further
   * @param stop looked at before each batch of samples, here and later
   * @throws CompotException where a weight cannot be used, a file cannot be made or the model
   *     computes NaN
   */
  public static BackwardPass start(
      Architecture architecture,
      WeightLoader loader,
      CalibrationSamples samples,
      StateStore store,
      int wanted,
      long seed,
      HeadTrial trial,
      StopRequest stop)
      throws CompotException {
    var pass = new BackwardPass(architecture, samples, loader, store, stop);
    boolean begun = false;
    try {
      pass.begin(wanted, HeadGradient.Labels.sampled(seed), trial);
      begun = true;
      return pass;
    } finally {
      if (!begun) {
        pass.close();
      }
    }
  }

  /**
   * The same with the tokens that follow in the text for labels, and so the gradient of its
   * log-likelihood.
   */
  public static BackwardPass ofText(
      Architecture architecture,
      WeightLoader loader,
      CalibrationSamples samples,
      StateStore store,
      int wanted,
      StopRequest stop)
      throws CompotException {
    var pass = new BackwardPass(architecture, samples, loader, store, stop);
    boolean begun = false;
    try {
      var labels = HeadGradient.Labels.following(samples.of(architecture.decoder()));
      pass.begin(wanted, labels, _ -> {});
      begun = true;
      return pass;
    } finally {
      if (!begun) {
        pass.close();
      }
    }
  }

  WeightLoader loader() {
    return loader;
  }

  /** The way back through the stack whose turn it is. */
  StackBackward back() {
    return stacks.get(turn);
  }

  /** What the model's own next-token distributions lose to those of another head. */
  @FunctionalInterface
  public interface HeadTrial {

    /** Is told how to measure another head, which the loader loads. */
    void with(Measure measure) throws CompotException;

    /** Mean KL divergence over some of the samples, in nats a token. */
    @FunctionalInterface
    interface Measure {
      double of(WeightLoader other) throws CompotException;
    }
  }

  private void begin(int wanted, HeadGradient.Labels labels, HeadTrial trial)
      throws CompotException {
    int before = 0;
    @Nullable HiddenStates memory = null;
    for (Stack stack : samples.stacks(architecture)) {
      boolean last = stacks.size() == turn;
      var own = last && stacks.isEmpty() ? store : store.of(stack);
      var feed = new StackFeed(stack, samples.of(stack), memory);
      var back = new StackBackward(feed, loader, own, stop);
      stacks.add(back);
      if (!last) {
        // What others look at needs all of its states again, however far an earlier process came.
        back.findStates();
        HiddenStates behind = back.forward();
        var made = StackOutput.find(feed, loader, own);
        memory = made.isPresent() ? made.get() : StackOutput.of(stack, loader, behind, own);
        outputs.add(memory);
      } else if (!back.goOn(Math.max(-1, wanted - before))) {
        HiddenStates behind = back.forward();
        trial.with(other -> HeadDivergence.of(architecture, loader, other, behind, stop));
        back.begin(
            (states, sink) -> HeadGradient.of(architecture, loader, states, sink, labels, stop));
      }
      before += stack.blocks();
    }
    leaveStack();
  }

  /** The stack whose turn it is. */
  public Stack stack() {
    return stacks.get(turn).feed().stack();
  }

  /** Its block whose turn it is; -1 when all of all stacks are done. */
  public int next() {
    return stacks.get(turn).next();
  }

  /**
   * Goes back through the block whose turn it is. {@link #advance} then makes the one before it the
   * next.
   *
   * @param inputs whose Gram matrices, and whose projections' output gradients, are wanted
   * @return owned by the caller
   * @throws CompotException naming the layer whose input, output or gradient has NaN or infinite
   *     entries
   */
  public ObservedGradients observe(List<SharedInput> inputs) throws CompotException {
    StackBackward back = stacks.get(turn);
    var probes = new LinkedHashMap<String, Tensor>();
    try (var watch = new GradientWatch(inputs, samples.of(stack()).lengths(), stacks.size() > 1);
        Block block =
            stack()
                .block(back.next(), loader.decorated(linear -> watch.watching(linear, probes)))) {
      back.through(block, probes, watch::take);
      return watch.observed();
    }
  }

  /**
   * How much more a change of a projection of the block whose turn it is does to the block's output
   * than derivatives say ({@link Curvature}); 1 in models of one stack, where nobody looks.
   *
   * @param change ΔW, [out, in]
   */
  public double curvature(String projection, Tensor change) throws FailureException {
    if (stacks.size() == 1) {
      return 1;
    }
    Curvature own = curvature;
    if (own == null) {
      own = stacks.get(turn).curvature(loader);
      curvature = own;
    }
    return own.of(projection, change);
  }

  private void forgetCurvature() {
    if (curvature != null) {
      curvature.close();
      curvature = null;
    }
  }

  /**
   * The rise of the loss that other hidden states before the decoder's first block are predicted to
   * cause, ½ E[(g·Δx)²], when all blocks are done.
   *
   * @param other loads the entry that makes them
   */
  public double entryRise(WeightLoader other) throws CompotException {
    if (next() >= 0) {
      throw new IllegalStateException("block " + next() + " is still to come");
    }
    StackBackward decoder = stacks.getLast();
    return EntryRise.of(decoder.feed(), loader, other, decoder.first(), stop);
  }

  /** Goes on to the block before, which may be the last of the stack before. */
  public void advance() throws CompotException {
    forgetCurvature();
    stacks.get(turn).advance();
    leaveStack();
  }

  private void leaveStack() throws CompotException {
    StackBackward back = stacks.get(turn);
    if (back.next() < 0 && turn > 0) {
      turn--;
      StackBackward earlier = stacks.get(turn);
      earlier.begin((states, sink) ->
          ExitGradient.of(earlier.feed().stack(), loader, states, back.seen(), sink, stop));
      back.discard();
    }
  }

  /** The pass is done: nobody needs its states any more. */
  public void discard() throws FailureException {
    for (StackBackward each : stacks) {
      each.discard();
    }
    for (HiddenStates each : outputs) {
      each.discard();
    }
  }

  @Override
  public void close() throws FailureException {
    forgetCurvature();
    for (StackBackward each : stacks) {
      each.close();
    }
    outputs.forEach(HiddenStates::close);
  }
}
