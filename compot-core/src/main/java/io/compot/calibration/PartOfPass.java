package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.journal.ObjectFile;
import io.compot.model.Context;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.NativeMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of the {@linkplain Lengths#parts parts} of a pass over the blocks, as another process does
 * it: hidden states come in files and go into files. For stacks whose blocks look at nothing but
 * their hidden states.
 *
 * @param lengths of this part's samples alone
 */
public record PartOfPass(Stack stack, WeightLoader loader, Lengths lengths) {

  private HiddenStates states(Path file) throws FailureException {
    return HiddenStates.in(
        file, new HiddenStates.Shape(lengths, stack.width(), loader.computation()));
  }

  private static Context alone(Lengths.Batch batch) {
    return Context.none();
  }

  /**
   * Makes the hidden states before the first block.
   *
   * @param samples of all parts
   * @param part which of them this is
   * @param states receives them
   */
  public ObjectFile.Written first(SampleSource samples, Lengths.Part part, Path states)
      throws CompotException {
    try (ObjectFile file = ObjectFile.shared(states)) {
      FirstStates.into(
          new StackFeed(stack, samples),
          loader,
          part.batches(),
          batch -> file.write(NativeMemory.bytes(batch)));
      return file.publish();
    }
  }

  /** What one block has shown, and what came out behind it; null where nobody wanted that. */
  public record Observed(Map<SharedInput, Gram> grams, ObjectFile.@Nullable Written behind)
      implements AutoCloseable {
    @Override
    public void close() {
      grams.values().forEach(Gram::close);
    }
  }

  /**
   * Runs a block and sums its inputs' Gram matrices over this part.
   *
   * @param before hidden states
   * @param behind receives those behind the block; null where nobody wants them
   * @return matrices owned by the caller
   */
  public Observed observe(int block, Path before, @Nullable Path behind, List<SharedInput> inputs)
      throws CompotException {
    var observing = new ObservedBlock(stack, block, loader, PartOfPass::alone);
    try (HiddenStates states = states(before);
        ObjectFile file = behind == null ? null : ObjectFile.shared(behind)) {
      var grams =
          observing.run(
              states,
              List.of(lengths.whole()),
              output -> {
                if (file != null) {
                  file.write(NativeMemory.bytes(output));
                }
              },
              inputs,
              _ -> {});
      boolean whole = false;
      try {
        var observed = new Observed(grams, file == null ? null : file.publish());
        whole = true;
        return observed;
      } finally {
        if (!whole) {
          grams.values().forEach(Gram::close);
        }
      }
    }
  }

  /**
   * Observes inputs in the original and behind what was compressed before them, over this part.
   *
   * @param replaced factors of projections of the block that stand before all of them
   * @param originals whether XᵀX is wanted too
   * @return owned by the caller
   */
  public Map<SharedInput, PairedInputs> observe(
      int block,
      Path original,
      Path compressed,
      List<SharedInput> inputs,
      Map<String, Packed> replaced,
      boolean originals)
      throws CompotException {
    try (HiddenStates first = states(original);
        HiddenStates second = states(compressed)) {
      return paired(block)
          .observe(first, second, List.of(lengths.whole()), inputs, replaced, originals);
    }
  }

  /** Runs the original's block. */
  public ObjectFile.Written step(int block, Path before, Path behind) throws CompotException {
    try (HiddenStates states = states(before);
        ObjectFile file = ObjectFile.shared(behind)) {
      paired(block).step(states, output -> file.write(NativeMemory.bytes(output)));
      return file.publish();
    }
  }

  /** Runs the compressed block. */
  public ObjectFile.Written step(int block, Path before, Path behind, Map<String, Packed> replaced)
      throws CompotException {
    try (HiddenStates states = states(before);
        ObjectFile file = ObjectFile.shared(behind)) {
      paired(block).step(states, replaced, output -> file.write(NativeMemory.bytes(output)));
      return file.publish();
    }
  }

  private PairedBlock paired(int block) {
    return new PairedBlock(
        stack, block, loader, PartOfPass::alone, PartOfPass::alone, StopRequest.never());
  }
}
