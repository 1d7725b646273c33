package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The way back through one stack: the gradient between two of its blocks, and that of what its
 * blocks look at, which every block adds to.
 */
final class StackBackward implements AutoCloseable {

  private final StackFeed feed;
  private final StateStore store;
  private final StopRequest stop;
  private final HiddenStates.Shape shape;

  /** Before each block whose turn is to come, and while going forward behind the last. */
  private final ForwardStates states;

  private @Nullable HiddenStates gradient;

  /** Of what the blocks look at, summed over the blocks that are done; null before the first. */
  private @Nullable HiddenStates seen;

  private StateStore.@Nullable Sink before;
  private StateStore.@Nullable Sink seenBefore;
  private int next;

  StackBackward(StackFeed feed, WeightLoader loader, StateStore store, StopRequest stop) {
    this.feed = feed;
    this.store = store;
    this.stop = stop;
    this.shape = feed.shape(loader.computation());
    this.states = new ForwardStates(feed, loader, store);
    this.next = feed.stack().blocks() - 1;
  }

  private static String gradient(int block) {
    return "gradient-" + block;
  }

  private static String seen(int block) {
    return "seen-" + block;
  }

  StackFeed feed() {
    return feed;
  }

  /** The block whose turn it is; -1 when all are done. */
  int next() {
    return next;
  }

  /** Finds the gradients before a block behind the one that is wanted, and the states before it. */
  boolean goOn(int wanted) throws CompotException {
    int last = feed.stack().blocks();
    for (int block = wanted + 1; block <= last; block++) {
      var found = store.find(gradient(block), shape);
      if (found.isPresent()) {
        HiddenStates memory = feed.memory();
        boolean begun = memory != null && block < last;
        Optional<HiddenStates> also =
            begun && memory != null ? store.find(seen(block), memory.shape()) : Optional.empty();
        if (begun == also.isPresent() && states.find(block)) {
          gradient = found.get();
          seen = also.orElse(null);
          next = block - 1;
          return true;
        }
        found.get().close();
        also.ifPresent(HiddenStates::close);
      }
    }
    findStates();
    return false;
  }

  /** Finds what an earlier process has left of the states. */
  void findStates() throws CompotException {
    states.find(feed.stack().blocks() + 1);
  }

  /**
   * Runs the blocks, from where the states of an earlier process end; gives what is behind them.
   */
  HiddenStates forward() throws CompotException {
    states.run(stop);
    return states.before(feed.stack().blocks());
  }

  /** What makes a gradient. */
  @FunctionalInterface
  interface Gradient {
    void into(HiddenStates last, StateStore.Sink sink) throws CompotException;
  }

  /** Begins with the gradient behind the last block. */
  void begin(Gradient source) throws CompotException {
    int last = feed.stack().blocks();
    try (var sink = store.create(gradient(last), shape)) {
      source.into(states.before(last), sink);
      gradient = sink.finish();
    }
    states.discardLast();
    next = last - 1;
  }

  /** The gradient of what the blocks look at, when all of them are done. */
  HiddenStates seen() {
    return Objects.requireNonNull(seen);
  }

  /** The gradient before the first block, when all of them are done. */
  HiddenStates first() {
    return Objects.requireNonNull(gradient);
  }

  /**
   * Goes back through the block whose turn it is.
   *
   * @param block loaded so that its projections give probes
   * @param probes what they gave, by name; emptied
   * @param each takes each of a batch's gradients
   */
  void through(Block block, Map<String, Tensor> probes, Probed each) throws CompotException {
    closeBefore();
    HiddenStates memory = feed.memory();
    var sink = store.create(gradient(next), shape);
    before = sink;
    StateStore.Sink other = memory == null ? null : store.create(seen(next), memory.shape());
    seenBefore = other;
    for (Lengths.Batch samples : shape.lengths().batches()) {
      stop.check();
      backward(block, samples, probes, each, sink, other);
    }
  }

  /** How far the block whose turn it is goes beyond what derivatives say. */
  Curvature curvature(WeightLoader loader) throws FailureException {
    HiddenStates entering = states.before(next);
    HiddenStates behind = Objects.requireNonNull(gradient);
    return new Curvature(
        feed.stack(),
        next,
        loader,
        shape.lengths(),
        new Curvature.Source() {
          @Override
          public Tensor before(Lengths.Batch batch) throws FailureException {
            return entering.batch(batch.from(), batch.to());
          }

          @Override
          public Context context(Lengths.Batch batch) throws FailureException {
            return feed.context(batch);
          }

          @Override
          public Tensor gradient(Lengths.Batch batch) throws FailureException {
            return behind.batch(batch.from(), batch.to());
          }
        });
  }

  /** Takes the gradient of a projection's output. */
  @FunctionalInterface
  interface Probed {
    void take(Map<String, Tensor> probes) throws FailureException;
  }

  private void backward(
      Block block,
      Lengths.Batch samples,
      Map<String, Tensor> probes,
      Probed each,
      StateStore.Sink sink,
      StateStore.@Nullable Sink other)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor leaf = leaf(states.before(next), samples);
      HiddenStates memory = feed.memory();
      Tensor looked = memory == null ? null : leaf(memory, samples);
      Context context = looked == null ? feed.entering(samples) : feed.context(samples, looked);
      Tensor after = Objects.requireNonNull(gradient).batch(samples.from(), samples.to());
      block.forward(leaf, context).mul(after).sum().backward();
      each.take(probes);
      add(leaf.grad(), sink);
      if (looked != null && other != null) {
        // A block that does not look there after all has no gradient of it.
        Tensor sum = looked.grad().defined() ? looked.grad() : looked.new_zeros(looked.sizes());
        add(seen == null ? sum : sum.add(seen.batch(samples.from(), samples.to())), other);
      }
    } finally {
      probes.values().forEach(Tensor::close);
      probes.clear();
    }
  }

  private static Tensor leaf(HiddenStates states, Lengths.Batch samples) throws FailureException {
    return states.batch(samples.from(), samples.to()).clone().requires_grad_(true);
  }

  private void add(Tensor through, StateStore.Sink sink) throws FailureException {
    Activations.requireFinite(through, "block %d: its gradient".formatted(next));
    sink.add(through.to(sink.dtype().scalarType()).contiguous());
  }

  /** Goes on to the block before: the gradients behind it are kept, what they came from goes. */
  void advance() throws FailureException {
    HiddenStates after = Objects.requireNonNull(gradient);
    try (var sink = Objects.requireNonNull(before)) {
      gradient = sink.finish();
    }
    before = null;
    if (seenBefore != null) {
      HiddenStates behind = seen;
      try (var sink = seenBefore) {
        seen = sink.finish();
      }
      seenBefore = null;
      if (behind != null) {
        behind.discard();
      }
    }
    after.discard();
    states.discardLast();
    next--;
  }

  /** Nobody needs its states any more. */
  void discard() throws FailureException {
    closeBefore();
    if (gradient != null) {
      gradient.discard();
    }
    if (seen != null) {
      seen.discard();
    }
    states.discard();
  }

  private void closeBefore() throws FailureException {
    if (before != null) {
      before.close();
      before = null;
    }
    if (seenBefore != null) {
      seenBefore.close();
      seenBefore = null;
    }
  }

  @Override
  public void close() throws FailureException {
    states.close();
    if (gradient != null) {
      gradient.close();
    }
    if (seen != null) {
      seen.close();
    }
    closeBefore();
  }
}
