package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Feeds calibration samples through a stack block by block and sums the Gram matrices of its
 * projections' inputs. Holds the hidden states between two blocks; a block's weights and Gram
 * matrices live only while it is observed and used.
 */
public final class Calibration implements AutoCloseable {

  private final StackFeed feed;
  private final WeightLoader loader;
  private final StateStore store;
  private HiddenStates states;
  private StateStore.@Nullable Sink outputs;
  private int next;

  private Calibration(
      StackFeed feed, WeightLoader loader, StateStore store, HiddenStates states, int next) {
    this.feed = feed;
    this.loader = loader;
    this.store = store;
    this.states = states;
    this.next = next;
  }

  /** Hears how many batches of a block are done; what it throws ends the pass. */
  @FunctionalInterface
  public interface BatchListener {
    /** So many are done. */
    void done(int batches) throws CompotException;
  }

  /**
   * Makes the first hidden states, or goes on from states of an earlier process.
   *
   * @param loader weights as they are; its source must stay open
   * @param store for the hidden states before each block
   * @param wanted the first block that somebody wants to see; states before it may be skipped
   * @throws CompotException where a weight cannot be used or the states cannot be kept
   */
  public static Calibration start(StackFeed feed, WeightLoader loader, StateStore store, int wanted)
      throws CompotException {
    var shape = feed.shape(loader.computation());
    for (int block = wanted; block > 0; block--) {
      var kept = store.find(name(block), shape);
      if (kept.isPresent()) {
        return new Calibration(feed, loader, store, kept.get(), block);
      }
    }
    try (var sink = store.create(name(0), shape)) {
      FirstStates.into(feed, loader, sink);
      return new Calibration(feed, loader, store, sink.finish(), 0);
    }
  }

  private static String name(int block) {
    return Integer.toString(block);
  }

  /** The block that is observed next. */
  public int next() {
    return next;
  }

  /** Batches that a block takes. */
  public int batches() {
    return states.lengths().batches().size();
  }

  /**
   * Runs the next block over all samples and observes its projections. {@link #advance} then makes
   * the one behind it the next.
   *
   * @param inputs the inputs whose Gram matrices are wanted
   * @param afterBatch hears how many batches are done
   * @return a Gram matrix for each input, in their order, owned by the caller
   * @throws CompotException naming the layer whose input or output has NaN or infinite entries
   */
  public Map<SharedInput, Gram> observe(List<SharedInput> inputs, BatchListener afterBatch)
      throws CompotException {
    int layer = next;
    closeOutputs();
    var sink = store.create(name(layer + 1), states.shape());
    outputs = sink;
    return new ObservedBlock(feed.stack(), layer, loader, feed::context)
        .run(states, states.lengths().parts(), sink::add, inputs, afterBatch);
  }

  /** Goes on to the next block: the states behind the one that was observed are kept. */
  public void advance() throws FailureException {
    try (var sink = Objects.requireNonNull(outputs)) {
      HiddenStates before = states;
      states = sink.finish();
      before.discard();
    }
    outputs = null;
    next++;
  }

  /**
   * What other stacks look at, of a stack whose last block is through; owned by the caller.
   *
   * @throws CompotException where it cannot be made or kept
   */
  public HiddenStates output() throws CompotException {
    return StackOutput.of(feed.stack(), loader, states, store);
  }

  /** The pass is done: nobody needs its states any more. */
  public void discard() throws FailureException {
    closeOutputs();
    states.discard();
  }

  private void closeOutputs() throws FailureException {
    if (outputs != null) {
      outputs.close();
      outputs = null;
    }
  }

  @Override
  public void close() throws FailureException {
    states.close();
    closeOutputs();
  }
}
