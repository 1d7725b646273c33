package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.Linear;
import io.compot.model.ObservedLinear;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * One block of a stack, run over parts of the samples.
 *
 * @param loader weights as they are
 * @param contexts what the block looks at beside its hidden states
 */
record ObservedBlock(Stack stack, int layer, WeightLoader loader, Contexts contexts) {

  /** What a block has to know of a batch. */
  @FunctionalInterface
  interface Contexts {
    Context of(Lengths.Batch batch) throws FailureException;
  }

  /** Takes hidden states behind the block, batch by batch. */
  @FunctionalInterface
  interface Behind {
    void add(Tensor states) throws FailureException;
  }

  /**
   * Sums the Gram matrices of inputs.
   *
   * @param parts of the samples of these states
   * @return one for each input, in their order, owned by the caller
   * @throws CompotException naming the layer whose input or output has NaN or infinite entries
   */
  Map<SharedInput, Gram> run(
      HiddenStates before,
      List<Lengths.Part> parts,
      Behind behind,
      List<SharedInput> inputs,
      Calibration.BatchListener afterBatch)
      throws CompotException {
    var grams = new LinkedHashMap<SharedInput, Gram>();
    var byName = new HashMap<String, Gram>();
    boolean done = false;
    try {
      for (SharedInput input : inputs) {
        var gram = new Gram(input.first().name(), input.in());
        grams.put(input, gram);
        byName.put(input.first().name(), gram);
      }
      WeightLoader observing =
          loader.decorated(linear -> {
            Linear inner = loader.decorator().apply(linear);
            Gram gram = byName.get(linear.name());
            return gram == null ? inner : new ObservedLinear(inner, gram::add);
          });
      try (Block block = stack.block(layer, observing)) {
        forward(block, before, parts, behind, grams, afterBatch);
      }
      done = true;
      return grams;
    } finally {
      if (!done) {
        grams.values().forEach(Gram::close);
      }
    }
  }

  private void forward(
      Block block,
      HiddenStates before,
      List<Lengths.Part> parts,
      Behind behind,
      Map<SharedInput, Gram> grams,
      Calibration.BatchListener afterBatch)
      throws CompotException {
    int done = 0;
    for (Lengths.Part part : parts) {
      for (Lengths.Batch samples : part.batches()) {
        try (var _ = TensorScope.open()) {
          Tensor batch = before.batch(samples.from(), samples.to());
          Context context = contexts.of(samples);
          Tensor output = block.forward(batch, context);
          for (Gram gram : grams.values()) {
            gram.requireFinite();
          }
          Activations.requireUsable(
              output, () -> FirstBadLinear.in(stack, loader, layer, batch, context));
          behind.add(output.to(batch.scalar_type()).contiguous());
        }
        afterBatch.done(++done);
      }
      grams.values().forEach(Gram::endPart);
    }
  }
}
