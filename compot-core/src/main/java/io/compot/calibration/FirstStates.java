package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Embedding;
import io.compot.model.Entry;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import java.util.List;
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
    into(
        feed,
        loader,
        feed.samples().lengths().batches(),
        states -> {
          for (StateStore.Sink sink : sinks) {
            sink.add(states);
          }
        });
  }

  /** The same of some batches. */
  static void into(
      StackFeed feed, WeightLoader loader, List<Lengths.Batch> batches, ObservedBlock.Behind behind)
      throws CompotException {
    var type = loader.computation().scalarType();
    try (Entry entry = feed.stack().entry(loader)) {
      String whose = entry instanceof Embedding ? "embedding" : feed.stack().name() + "'s entry";
      for (Lengths.Batch batch : batches) {
        try (var _ = TensorScope.open()) {
          Tensor states =
              entry.forward(feed.samples().batch(batch.from(), batch.to()), feed.entering(batch));
          Activations.requireUsable(states, () -> whose + ": its output");
          behind.add(states.to(type).contiguous());
        }
      }
    }
  }
}
