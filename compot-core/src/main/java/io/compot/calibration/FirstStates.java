package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Embedding;
import io.compot.model.Entry;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;

/** The hidden states before the first block. */
final class FirstStates {

  private FirstStates() {}

  /**
   * Makes them of all samples.
   *
   * @param sinks each takes them all
   * @throws CompotException where the entry cannot be used or the states cannot be kept
   */
  static void into(StackFeed feed, WeightLoader loader, StateStore.Sink... sinks)
      throws CompotException {
    try (Entry entry = feed.stack().entry(loader)) {
      String whose = entry instanceof Embedding ? "embedding" : feed.stack().name() + "'s entry";
      for (Lengths.Batch batch : feed.samples().lengths().batches()) {
        try (var _ = TensorScope.open()) {
          Tensor states =
              entry.forward(feed.samples().batch(batch.from(), batch.to()), feed.entering(batch));
          Activations.requireUsable(states, () -> whose + ": its output");
          for (StateStore.Sink sink : sinks) {
            sink.add(states.to(sink.dtype().scalarType()).contiguous());
          }
        }
      }
    }
  }
}
