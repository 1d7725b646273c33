package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.form.Packed;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * One block of the original model and of what has been compressed of it so far, side by side over
 * the same samples.
 *
 * @param loader weights as they are
 * @param contexts what the original's block looks at beside its hidden states
 * @param compressed what the compressed one's looks at
 * @param stop looked at before each batch
 */
record PairedBlock(
    Stack stack,
    int layer,
    WeightLoader loader,
    ObservedBlock.Contexts contexts,
    ObservedBlock.Contexts compressed,
    StopRequest stop) {

  /** Observes inputs, as {@link PrefixCalibration#observe} says, over parts of the samples. */
  Map<SharedInput, PairedInputs> observe(
      HiddenStates original,
      HiddenStates moved,
      List<Lengths.Part> parts,
      List<SharedInput> wanted,
      Map<String, Packed> replaced,
      boolean originals)
      throws CompotException {
    var observed = new LinkedHashMap<SharedInput, PairedInputs>();
    boolean done = false;
    var names = new HashSet<String>();
    wanted.forEach(input -> names.add(input.first().name()));
    try (var before = new SeenInputs(names);
        var after = new SeenInputs(names);
        Block first = stack.block(layer, before.watching(loader));
        Block second = stack.block(layer, after.watching(loader.replacing(replaced)))) {
      for (SharedInput input : wanted) {
        observed.put(input, PairedInputs.none(input, originals));
      }
      for (Lengths.Part part : parts) {
        for (Lengths.Batch batch : part.batches()) {
          stop.check();
          try (var _ = TensorScope.open()) {
            Tensor states = original.batch(batch.from(), batch.to());
            before.of(first, states, contexts.of(batch));
            after.of(second, moved.batch(batch.from(), batch.to()), compressed.of(batch));
            add(observed, before, after, states.size(0) * states.size(1));
          }
        }
        observed.values().forEach(PairedInputs::endPart);
      }
      done = true;
      return observed;
    } finally {
      if (!done) {
        observed.values().forEach(PairedInputs::close);
      }
    }
  }

  private static void add(
      Map<SharedInput, PairedInputs> observed, SeenInputs before, SeenInputs after, long tokens)
      throws CompotException {
    for (var entry : observed.entrySet()) {
      SharedInput input = entry.getKey();
      Tensor now = after.get(input);
      Tensor once = before.get(input);
      if (now != null) {
        // An expert sees the same tokens for sure only where it sees all of them.
        boolean all = input.first().expert().isEmpty() || now.numel() == tokens * input.in();
        boolean same = once != null && all && now.numel() == once.numel();
        entry.getValue().add(now, once, same);
      }
    }
  }

  /** Runs the original's block. */
  void step(HiddenStates states, ObservedBlock.Behind behind) throws CompotException {
    step(states, loader, contexts, behind, "");
  }

  /** Runs the block with factors in place of weights. */
  void step(HiddenStates states, Map<String, Packed> replaced, ObservedBlock.Behind behind)
      throws CompotException {
    step(states, loader.replacing(replaced), compressed, behind, " after compression");
  }

  private void step(
      HiddenStates states,
      WeightLoader weights,
      ObservedBlock.Contexts looked,
      ObservedBlock.Behind behind,
      String whose)
      throws CompotException {
    try (Block block = stack.block(layer, weights)) {
      for (Lengths.Batch samples : states.lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor batch = states.batch(samples.from(), samples.to());
          Context context = looked.of(samples);
          Tensor output = block.forward(batch, context);
          Activations.requireUsable(
              output, () -> FirstBadLinear.in(stack, weights, layer, batch, context) + whose);
          behind.add(output.to(batch.scalar_type()).contiguous());
        }
      }
    }
  }
}
