package io.compot.calibration;

import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.ObservedLinear;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Copies of what some of a block's projections are applied to. As soon as all of them were seen,
 * the block runs no further.
 */
final class SeenInputs implements AutoCloseable {

  private final Set<String> names;
  private final Map<String, Tensor> seen = new HashMap<>();

  SeenInputs(Set<String> names) {
    this.names = names;
  }

  /** Leaves a block in the middle. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super(null, null, false, false);
    }
  }

  /** The same weights, watched. */
  WeightLoader watching(WeightLoader loader) {
    return loader.decorated(linear ->
        names.contains(linear.name())
            ? new ObservedLinear(linear, x -> see(linear.name(), x))
            : linear);
  }

  private void see(String name, Tensor x) {
    try (var scope = TensorScope.open()) {
      seen.put(name, scope.own(x.clone()));
    }
    if (seen.size() == names.size()) {
      throw new Enough();
    }
  }

  /** Runs a block that was made of watched weights, as far as need be. */
  void of(Block block, Tensor batch, Context context) {
    close();
    try (var _ = TensorScope.open()) {
      block.forward(batch, context);
    } catch (Enough _) {
      // All was seen.
    }
  }

  /** The input in the last batch, [..., in]; null where no token came by. */
  @Nullable Tensor get(SharedInput input) {
    return seen.get(input.first().name());
  }

  @Override
  public void close() {
    seen.values().forEach(Tensor::close);
    seen.clear();
  }
}
