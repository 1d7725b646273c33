package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The hidden states before each block and behind the last, kept until a backward pass has no more
 * use for them.
 */
public final class ForwardStates implements AutoCloseable {

  private final StackFeed feed;
  private final WeightLoader loader;
  private final StateStore store;
  private final HiddenStates.Shape shape;

  /** By the number of blocks before them. */
  private final List<HiddenStates> states = new ArrayList<>();

  /**
   * Nothing yet.
   *
   * @param loader weights as they are; its source must stay open
   */
  public ForwardStates(StackFeed feed, WeightLoader loader, StateStore store) {
    this.feed = feed;
    this.loader = loader;
    this.store = store;
    this.shape = feed.shape(loader.computation());
  }

  private static String name(int block) {
    return "state-" + block;
  }

  /** Looks for the first so many states of an earlier process, and says whether all are there. */
  public boolean find(int count) throws CompotException {
    while (states.size() < count) {
      var found = store.find(name(states.size()), shape);
      if (found.isEmpty()) {
        return false;
      }
      states.add(found.get());
    }
    return states.size() == count;
  }

  /** Runs the stack from where the states end, one block after the other. */
  public void run(StopRequest stop) throws CompotException {
    if (states.isEmpty()) {
      try (var sink = store.create(name(0), shape)) {
        FirstStates.into(feed, loader, sink);
        states.add(sink.finish());
      }
    }
    while (states.size() <= feed.stack().blocks()) {
      int layer = states.size() - 1;
      try (var sink = store.create(name(layer + 1), shape)) {
        through(layer, feed, loader, states.get(layer), sink, stop);
        states.add(sink.finish());
      }
    }
  }

  /** Runs one block over all samples. */
  static void through(
      int layer,
      StackFeed feed,
      WeightLoader loader,
      HiddenStates before,
      StateStore.Sink sink,
      StopRequest stop)
      throws CompotException {
    try (Block block = feed.stack().block(layer, loader)) {
      for (Lengths.Batch samples : before.lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor batch = before.batch(samples.from(), samples.to());
          Context context = feed.context(samples);
          Tensor output = block.forward(batch, context);
          Activations.requireUsable(
              output, () -> FirstBadLinear.in(feed.stack(), loader, layer, batch, context));
          sink.add(output.to(sink.dtype().scalarType()).contiguous());
        }
      }
    }
  }

  /** Those before a block. */
  public HiddenStates before(int block) {
    return states.get(block);
  }

  /** The last are not needed any more. */
  void discardLast() throws FailureException {
    try (HiddenStates last = states.removeLast()) {
      last.discard();
    }
  }

  /** None is needed any more. */
  public void discard() throws FailureException {
    for (HiddenStates each : states) {
      each.discard();
    }
  }

  @Override
  public void close() {
    states.forEach(HiddenStates::close);
  }
}
