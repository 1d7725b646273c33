package io.compot.model;

import io.compot.error.InputException;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.TensorScope;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear projection of a model, and where it stands in it: said once, by the family.
 *
 * @param name checkpoint name without {@code .weight}
 * @param stack name of the stack of blocks that it is part of
 * @param block number of its block in that stack
 * @param kind what it does in a block, the same in all blocks and experts: q_proj, gate_proj, …
 * @param input name of the first projection that is applied to the very same input
 * @param expert number of the expert that it belongs to; empty where it serves all tokens
 * @param in input features
 * @param out output features
 * @param layout of its dense weight in the checkpoint; see {@link #weight(WeightSource)}
 */
public record Projection(
    String name,
    String stack,
    int block,
    String kind,
    String input,
    OptionalInt expert,
    long in,
    long out,
    WeightLayout layout) {

  /** Name of its dense weight. */
  public String weightName() {
    return name + ".weight";
  }

  /**
   * Its dense weight, whatever the layout in the checkpoint.
   *
   * @return [out, in] in the stored type, in the caller's scope
   * @throws InputException where it cannot be read
   */
  public Tensor weight(WeightSource source) throws InputException {
    try (var scope = TensorScope.open()) {
      return scope.keep(layout.turned(source.tensor(weightName())));
    }
  }

  /** The same in a block of a stack. */
  Projection placed(String inStack, int inBlock) {
    return new Projection(name, inStack, inBlock, kind, input, expert, in, out, layout);
  }

  /** The same in an expert. */
  Projection ofExpert(int number) {
    return new Projection(name, stack, block, kind, input, OptionalInt.of(number), in, out, layout);
  }
}
