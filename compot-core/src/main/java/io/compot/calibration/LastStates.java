package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;

/** The hidden states behind the last block, where those between blocks are not needed. */
public final class LastStates {

  private LastStates() {}

  private static String name(int block) {
    return "state-" + block;
  }

  /**
   * Runs the stack, from where an earlier process ended; at most two blocks' states are kept.
   *
   * @param loader weights as they are
   * @return owned by the caller
   * @throws CompotException where a weight cannot be used, a file cannot be made or the model
   *     computes NaN
   */
  public static HiddenStates of(
      StackFeed feed, WeightLoader loader, StateStore store, StopRequest stop)
      throws CompotException {
    int blocks = feed.stack().blocks();
    var shape = feed.shape(loader.computation());
    for (int block = blocks; block >= 0; block--) {
      var found = store.find(name(block), shape);
      if (found.isPresent()) {
        return on(found.get(), block, feed, loader, store, stop);
      }
    }
    try (var sink = store.create(name(0), shape)) {
      FirstStates.into(feed, loader, sink);
      return on(sink.finish(), 0, feed, loader, store, stop);
    }
  }

  private static HiddenStates on(
      HiddenStates first,
      int from,
      StackFeed feed,
      WeightLoader loader,
      StateStore store,
      StopRequest stop)
      throws CompotException {
    HiddenStates now = first;
    boolean done = false;
    try {
      for (int block = from; block < feed.stack().blocks(); block++) {
        try (var sink = store.create(name(block + 1), now.shape())) {
          ForwardStates.through(block, feed, loader, now, sink, stop);
          HiddenStates behind = sink.finish();
          now.discard();
          now = behind;
        }
      }
      done = true;
      return now;
    } finally {
      if (!done) {
        now.close();
      }
    }
  }
}
