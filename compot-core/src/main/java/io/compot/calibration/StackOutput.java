package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Exit;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** What other stacks look at of one whose blocks are through. */
public final class StackOutput {

  private static final String NAME = "output";

  private StackOutput() {}

  /** That of an earlier process; the caller closes it. */
  public static Optional<HiddenStates> find(StackFeed feed, WeightLoader loader, StateStore store)
      throws CompotException {
    return store.find(NAME, feed.shape(loader.computation()));
  }

  /**
   * Makes it.
   *
   * @param last the hidden states behind the last block
   * @param store where it is kept
   * @return owned by the caller
   */
  static HiddenStates of(Stack stack, WeightLoader loader, HiddenStates last, StateStore store)
      throws CompotException {
    try (Exit exit = stack.exit(loader);
        var sink = store.create(NAME, last.shape())) {
      for (Lengths.Batch batch : last.lengths().batches()) {
        try (var _ = TensorScope.open()) {
          Tensor output = exit.forward(last.batch(batch.from(), batch.to()));
          Activations.requireUsable(output, () -> stack.name() + ": its output");
          sink.add(output.to(sink.dtype().scalarType()).contiguous());
        }
      }
      return sink.finish();
    }
  }
}
