package io.compot.pipeline.pass;

import io.compot.calibration.Calibration;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.Gram;
import io.compot.calibration.GramStore;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.SampleSource;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StackOutput;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.Stage;
import io.compot.tensor.Dtype;
import io.compot.tensor.Whitening;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a model block by block, stack after stack, and hands out each input's whitening,
 * computed once for all projections that share the input and let go afterwards.
 */
public final class BlockPass {

  /** Does something with the projections of one input. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * One input.
     *
     * @param whitening closed afterwards; null without calibration
     * @param unit what the whitening's root is to be multiplied by for the units of the Gram matrix
     * @param where for progress
     */
    void visit(SharedInput input, @Nullable Whitening whitening, double unit, String where)
        throws CompotException;

    /**
     * A block's inputs are done.
     *
     * @param repaired first projections of inputs that a plain Cholesky factor could not whiten, by
     *     the step that did
     */
    default void finished(Map<Whitening.Step, List<String>> repaired) throws CompotException {}
  }

  private final ModelSource checkpoint;
  private final @Nullable GramStore store;
  private final List<StackInputs> stacks;

  /**
   * A pass over all blocks up to the last that matters.
   *
   * @param wanted names of the projections whose inputs are visited
   * @param store where the Gram matrices of all these inputs on the same calibration lie, in place
   *     of forward passes; null to compute them
   */
  public BlockPass(
      Architecture architecture,
      ModelSource checkpoint,
      Set<String> wanted,
      @Nullable GramStore store) {
    this.checkpoint = checkpoint;
    this.store = store;
    this.stacks = StackInputs.of(architecture, wanted);
  }

  /** Units of time that the forward passes take. */
  public long units(@Nullable CalibrationSamples samples) {
    long units = 0;
    for (StackInputs stack : stacks) {
      for (List<SharedInput> inputs : stack.blocks()) {
        units +=
            samples == null || store != null || !samples.has(stack.stack())
                ? 0
                : units(inputs, samples.of(stack.stack()));
      }
    }
    return units;
  }

  /** All inputs that are visited. */
  public List<SharedInput> inputs() {
    return stacks.stream().flatMap(stack -> stack.blocks().stream()).flatMap(List::stream).toList();
  }

  /**
   * Does it.
   *
   * @param samples calibration; null to work without
   * @param states for the hidden states between blocks
   */
  public void run(
      @Nullable CalibrationSamples samples,
      Dtype computation,
      StateStore states,
      Stage stage,
      Visitor visitor)
      throws CompotException {
    if (samples != null && store == null) {
      observe(
          samples,
          computation,
          states,
          stage,
          (inputs, grams, where) ->
              visit(inputs, input -> Objects.requireNonNull(grams.remove(input)), where, visitor));
      return;
    }
    for (StackInputs stack : stacks) {
      for (int block = 0; block < stack.blocks().size(); block++) {
        List<SharedInput> inputs = stack.blocks().get(block);
        if (samples != null && store != null) {
          visit(inputs, store::get, stack.where(block), visitor);
        } else {
          for (SharedInput input : inputs) {
            visitor.visit(input, null, 1, stack.where(block));
          }
        }
      }
    }
  }

  /**
   * Computes the Gram matrices that the visits of later passes need, and puts them into a store.
   *
   * @param states as for {@link #run}
   */
  public void fill(
      GramStore into, CalibrationSamples samples, Dtype computation, StateStore states, Stage stage)
      throws CompotException {
    observe(
        samples,
        computation,
        states,
        stage,
        (inputs, grams, _) -> {
          for (SharedInput input : inputs) {
            try (Gram gram = Objects.requireNonNull(grams.remove(input))) {
              into.put(input, gram);
            }
          }
        });
  }

  /** Does something with a block's Gram matrices, and closes those that it removes. */
  @FunctionalInterface
  private interface Observer {
    void accept(List<SharedInput> inputs, Map<SharedInput, Gram> grams, String where)
        throws CompotException;
  }

  /** Gives an input's Gram matrix, which the caller closes. */
  @FunctionalInterface
  private interface GramSource {
    Gram of(SharedInput input) throws CompotException;
  }

  private void observe(
      CalibrationSamples samples,
      Dtype computation,
      StateStore states,
      Stage stage,
      Observer observer)
      throws CompotException {
    var loader = WeightLoader.of(checkpoint, computation);
    try (var outputs = new StackOutputs()) {
      for (StackInputs each : stacks) {
        Stack stack = each.stack();
        if (!samples.has(stack)) {
          continue;
        }
        var feed = new StackFeed(stack, samples.of(stack), outputs.seenBy(stack));
        observe(each, feed, loader, states.of(stack), stage, observer, outputs);
      }
      outputs.discard();
    }
  }

  private void observe(
      StackInputs each,
      StackFeed feed,
      WeightLoader loader,
      StateStore states,
      Stage stage,
      Observer observer,
      StackOutputs outputs)
      throws CompotException {
    int first = each.first();
    if (first == each.blocks().size()) {
      var made =
          each.lookedAt() ? StackOutput.find(feed, loader, states) : Optional.<HiddenStates>empty();
      if (made.isPresent() || !each.lookedAt()) {
        made.ifPresent(output -> outputs.put(feed.stack(), output));
        return;
      }
    }
    int end = each.lookedAt() ? feed.stack().blocks() : each.blocks().size();
    try (var calibration = Calibration.start(feed, loader, states, first)) {
      for (int block = calibration.next(); block < end; block++) {
        stage.safePoint();
        List<SharedInput> inputs = each.inputs(block);
        long units = units(inputs, feed.samples()) / calibration.batches();
        String where = each.where(block);
        Map<SharedInput, Gram> grams =
            calibration.observe(
                inputs,
                _ -> {
                  stage.advance(where + ": calibrate", units);
                  stage.safePoint();
                });
        try {
          observer.accept(inputs, grams, where);
        } finally {
          grams.values().forEach(Gram::close);
        }
        if (block + 1 < end || each.lookedAt()) {
          calibration.advance();
        }
      }
      if (each.lookedAt()) {
        outputs.put(feed.stack(), calibration.output());
      }
      calibration.discard();
    }
  }

  private static void visit(
      List<SharedInput> inputs, GramSource grams, String where, Visitor visitor)
      throws CompotException {
    var repaired = new EnumMap<Whitening.Step, List<String>>(Whitening.Step.class);
    for (SharedInput input : inputs) {
      Whitening.Step step = visit(input, grams.of(input), where, visitor);
      if (step != Whitening.Step.CHOLESKY) {
        repaired.computeIfAbsent(step, _ -> new ArrayList<>()).add(input.first().name());
      }
    }
    visitor.finished(repaired);
  }

  /** Says how the input was whitened. */
  private static Whitening.Step visit(
      SharedInput input, Gram observed, String where, Visitor visitor) throws CompotException {
    try (var whitened = WhitenedInput.of(observed, input.first().name())) {
      visitor.visit(input, whitened.whitening(), whitened.unit(), where);
      return whitened.whitening().step();
    }
  }

  private static long units(List<SharedInput> inputs, SampleSource samples) {
    return (long) WorkUnits.observe(inputs, samples.lengths().total());
  }
}
