package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Exit;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;

/** The gradient over a stack's last hidden states, of that over what other stacks look at. */
final class ExitGradient {

  private ExitGradient() {}

  /**
   * Differentiates batch by batch.
   *
   * @param last the hidden states behind the last block
   * @param output the gradient over what the exit makes of them
   * @param sink takes the gradient over them
   * @throws CompotException where the exit cannot be used or the gradient is no finite number
   */
  static void of(
      Stack stack,
      WeightLoader loader,
      HiddenStates last,
      HiddenStates output,
      StateStore.Sink sink,
      StopRequest stop)
      throws CompotException {
    try (Exit exit = stack.exit(loader)) {
      for (Lengths.Batch batch : last.lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor leaf = last.batch(batch.from(), batch.to()).clone().requires_grad_(true);
          exit.forward(leaf).mul(output.batch(batch.from(), batch.to())).sum().backward();
          Tensor gradient = leaf.grad();
          Activations.requireFinite(gradient, stack.name() + ": the gradient of its output");
          sink.add(gradient.to(sink.dtype().scalarType()).contiguous());
        }
      }
    }
  }
}
