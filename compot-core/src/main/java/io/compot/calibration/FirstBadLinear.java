package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.Linear;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.model.WrappedLinear;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Finds out, after a block has given NaN or infinite numbers, at which projection they began: the
 * block is run once more and every projection watched.
 */
final class FirstBadLinear {

  private FirstBadLinear() {}

  /**
   * How a message about the block should begin: with the first projection whose input or output is
   * not finite, or with the block where all of them are.
   *
   * @param states that the block could not take
   * @param context what else it looked at
   */
  static String in(Stack stack, WeightLoader loader, int layer, Tensor states, Context context)
      throws CompotException {
    List<String> found = new ArrayList<>();
    WeightLoader watching =
        loader.decorated(linear -> new Watched(loader.decorator().apply(linear), found));
    try (var _ = TensorScope.open();
        Block block = stack.block(layer, watching)) {
      block.forward(states, context);
    }
    return found.isEmpty() ? "block %d: its output".formatted(layer) : found.getFirst();
  }

  private record Watched(Linear linear, List<String> found) implements WrappedLinear {

    @Override
    public Tensor apply(Tensor x) {
      boolean given = Activations.finite(x);
      Tensor output = linear.apply(x);
      if (!given) {
        found.add(name() + ": its input");
      } else if (!Activations.finite(output)) {
        found.add(name() + ": its output");
      }
      return output;
    }
  }
}
