package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.ObservedLinear;
import io.compot.model.ProbedLinear;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One backward pass over calibration samples, block by block from the last to the first. The labels
 * are sampled from the model itself, so E[ggᵀ] of a projection's output gradients g is the Fisher
 * information of that output: for small changes ΔW of the weight,
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
  private final StackFeed feed;
  private final WeightLoader loader;
  private final StateStore store;
  private final HiddenStates.Shape shape;
  private final StopRequest stop;

  /** Before each block whose turn is to come, and while going forward before the head. */
  private final ForwardStates states;

  private @Nullable HiddenStates gradient;
  private StateStore.@Nullable Sink before;
  private int next;

  private BackwardPass(
      Architecture architecture,
      StackFeed feed,
      WeightLoader loader,
      StateStore store,
      StopRequest stop) {
    this.architecture = architecture;
    this.feed = feed;
    this.loader = loader;
    this.store = store;
    this.shape = feed.shape(loader.computation());
    this.stop = stop;
    this.states = new ForwardStates(feed, loader, store);
  }

  /**
   * What one block's pass shows.
   *
   * @param inputs XᵀX of each input asked for
   * @param outputs the sum of ggᵀ over all tokens of each projection of these inputs, by name
   */
  public record Observed(Map<SharedInput, Gram> inputs, Map<String, Gram> outputs)
      implements AutoCloseable {
    @Override
    public void close() {
      inputs.values().forEach(Gram::close);
      outputs.values().forEach(Gram::close);
    }
  }

  /** The same without a trial of other heads. */
  public static BackwardPass start(
      Architecture architecture,
      WeightLoader loader,
      SampleSource samples,
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
   * @param wanted the last block that somebody wants to see; gradients behind it may be skipped
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
      SampleSource samples,
      StateStore store,
      int wanted,
      long seed,
      HeadTrial trial,
      StopRequest stop)
      throws CompotException {
    var feed = new StackFeed(architecture.decoder(), samples);
    var pass = new BackwardPass(architecture, feed, loader, store, stop);
    boolean begun = false;
    try {
      if (!pass.goOn(wanted)) {
        pass.states.run(stop);
        HiddenStates last = pass.states.before(feed.stack().blocks());
        trial.with(other -> HeadDivergence.of(architecture, loader, other, last, stop));
        pass.differentiateHead(seed);
      }
      begun = true;
      return pass;
    } finally {
      if (!begun) {
        pass.close();
      }
    }
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

  private static String gradient(int block) {
    return "gradient-" + block;
  }

  /** Finds the gradient before a block behind the one that is wanted, and the states before it. */
  private boolean goOn(int wanted) throws CompotException {
    for (int block = wanted + 1; block <= feed.stack().blocks(); block++) {
      var found = store.find(gradient(block), shape);
      if (found.isPresent()) {
        if (states.find(block)) {
          gradient = found.get();
          next = block - 1;
          return true;
        }
        found.get().close();
      }
    }
    states.find(feed.stack().blocks() + 1);
    return false;
  }

  private void differentiateHead(long seed) throws CompotException {
    int last = feed.stack().blocks();
    try (var sink = store.create(gradient(last), shape)) {
      HeadGradient.of(architecture, loader, states.before(last), sink, seed, stop);
      gradient = sink.finish();
    }
    states.discardLast();
    next = last - 1;
  }

  /** The block whose turn it is; -1 when all are done. */
  public int next() {
    return next;
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
  public Observed observe(List<SharedInput> inputs) throws CompotException {
    int layer = next;
    closeBefore();
    var sink = store.create(gradient(layer), shape);
    before = sink;
    var observed = new Observed(new LinkedHashMap<>(), new LinkedHashMap<>());
    var byName = new HashMap<String, Gram>();
    boolean done = false;
    try {
      for (SharedInput input : inputs) {
        var gram = new Gram(input.first().name(), input.in());
        observed.inputs().put(input, gram);
        byName.put(input.first().name(), gram);
        for (Projection projection : input.projections()) {
          String name = projection.name();
          observed.outputs().put(name, Gram.ofSingleProducts(name, projection.out()));
        }
      }
      var probes = new LinkedHashMap<String, Tensor>();
      WeightLoader probing =
          loader.decorated(linear -> {
            if (!observed.outputs().containsKey(linear.name())) {
              return linear;
            }
            var probed = new ProbedLinear(linear, probe -> probes.put(linear.name(), probe));
            Gram gram = byName.get(linear.name());
            return gram == null ? probed : new ObservedLinear(probed, x -> gram.add(x.detach()));
          });
      try (Block block = feed.stack().block(layer, probing)) {
        for (Lengths.Batch samples : shape.lengths().batches()) {
          stop.check();
          backward(layer, block, samples, probes, observed, sink);
        }
      }
      done = true;
      return observed;
    } finally {
      if (!done) {
        observed.close();
      }
    }
  }

  private void backward(
      int layer,
      Block block,
      Lengths.Batch samples,
      Map<String, Tensor> probes,
      Observed observed,
      StateStore.Sink sink)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor leaf =
          states.before(layer).batch(samples.from(), samples.to()).clone().requires_grad_(true);
      Tensor after = Objects.requireNonNull(gradient).batch(samples.from(), samples.to());
      block.forward(leaf, feed.context(samples)).mul(after).sum().backward();
      for (var probe : probes.entrySet()) {
        Tensor gradient = probe.getValue().grad();
        Activations.requireFinite(gradient, probe.getKey() + ": the gradient of its output");
        Objects.requireNonNull(observed.outputs().get(probe.getKey())).add(gradient);
      }
      for (Gram gram : observed.inputs().values()) {
        gram.requireFinite();
      }
      Tensor through = leaf.grad();
      Activations.requireFinite(through, "block %d: its gradient".formatted(layer));
      sink.add(through.to(sink.dtype().scalarType()).contiguous());
    } finally {
      probes.values().forEach(Tensor::close);
      probes.clear();
    }
  }

  /**
   * The rise of the loss that other hidden states before the first block are predicted to cause, ½
   * E[(g·Δx)²], when all blocks are done.
   *
   * @param other loads the entry that makes them
   */
  public double entryRise(WeightLoader other) throws CompotException {
    if (next >= 0) {
      throw new IllegalStateException("block " + next + " is still to come");
    }
    return EntryRise.of(feed, loader, other, Objects.requireNonNull(gradient), stop);
  }

  /** Goes on to the block before: the gradient behind it is kept, and what that came from goes. */
  public void advance() throws FailureException {
    HiddenStates after = Objects.requireNonNull(gradient);
    try (var sink = Objects.requireNonNull(before)) {
      gradient = sink.finish();
    }
    before = null;
    after.discard();
    states.discardLast();
    next--;
  }

  /** The pass is done: nobody needs its states any more. */
  public void discard() throws FailureException {
    closeBefore();
    if (gradient != null) {
      gradient.discard();
    }
    states.discard();
  }

  private void closeBefore() throws FailureException {
    if (before != null) {
      before.close();
      before = null;
    }
  }

  @Override
  public void close() throws FailureException {
    states.close();
    if (gradient != null) {
      gradient.close();
    }
    closeBefore();
  }
}
