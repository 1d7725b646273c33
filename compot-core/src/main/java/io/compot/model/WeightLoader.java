package io.compot.model;

import io.compot.form.Packed;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Where a model's weights come from and what they become.
 *
 * @param source the checkpoint's tensors; must stay open as long as anything is loaded from it
 * @param computation F32 or BF16
 * @param decorator wraps every linear projection as it is loaded, e.g. in an {@link ObservedLinear}
 * @param replaced packed weights to use instead of what the checkpoint holds, by the name of the
 *     projection or the table; they stay the caller's and must live as long as the model
 */
public record WeightLoader(
    WeightSource source,
    Dtype computation,
    UnaryOperator<Linear> decorator,
    Map<String, Packed> replaced) {

  public WeightLoader {
    if (computation != Dtype.F32 && computation != Dtype.BF16) {
      throw new IllegalArgumentException("computation runs in F32 or BF16, not in " + computation);
    }
    replaced = Map.copyOf(replaced);
  }

  /** Weights as they are. */
  public static WeightLoader of(WeightSource source, Dtype computation) {
    return new WeightLoader(source, computation, UnaryOperator.identity(), Map.of());
  }

  /** The same with another decorator. */
  public WeightLoader decorated(UnaryOperator<Linear> newDecorator) {
    return new WeightLoader(source, computation, newDecorator, replaced);
  }

  /** The same with some projections replaced. */
  public WeightLoader replacing(Map<String, Packed> packed) {
    return new WeightLoader(source, computation, decorator, packed);
  }
}
