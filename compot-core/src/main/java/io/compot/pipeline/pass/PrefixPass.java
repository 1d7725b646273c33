package io.compot.pipeline.pass;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.PairedInputs;
import io.compot.calibration.PrefixCalibration;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.Packed;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.Stage;
import io.compot.tensor.Dtype;
import io.compot.tensor.Whitening;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goes through a model block by block, input by input, beside what has been compressed of it so
 * far, and hands out what is to be factorised instead of each weight.
 */
public final class PrefixPass {

  /** Compresses the projections of one input. */
  public interface Visitor {

    /**
     * One input.
     *
     * @param whitening of X′ᵀX′; closed afterwards
     * @param seen gives the target in place of each weight; closed afterwards
     * @param where for progress
     */
    void visit(SharedInput input, Whitening whitening, PairedInputs seen, String where)
        throws CompotException;

    /**
     * A block's inputs are done.
     *
     * @param repaired as in {@link BlockPass.Visitor#finished}
     */
    void finished(Map<Whitening.Step, List<String>> repaired) throws CompotException;

    /** An input's factors by projection, which this pass closes with the block. */
    Map<String, Packed> factors(SharedInput input) throws CompotException;
  }

  private final Architecture architecture;
  private final ModelSource checkpoint;
  private final Set<String> wanted;
  private final boolean originals;

  /**
   * A pass over all blocks.
   *
   * @param wanted names of the projections whose inputs are visited
   * @param originals whether the original's Gram matrices are wanted too
   */
  public PrefixPass(
      Architecture architecture, ModelSource checkpoint, Set<String> wanted, boolean originals) {
    this.originals = originals;
    this.architecture = architecture;
    this.checkpoint = checkpoint;
    this.wanted = wanted;
  }

  /**
   * Does it, up to the last block.
   *
   * @param missing those of the wanted that have no factors yet: only their inputs are visited
   * @param states for the hidden states between blocks
   */
  public void run(
      CalibrationSamples samples,
      Dtype computation,
      Set<String> missing,
      StateStore states,
      Stage stage,
      Visitor visitor)
      throws CompotException {
    var loader = WeightLoader.of(checkpoint, computation);
    var steps = new BatchSteps(stage, "calibrate", 0, 0);
    try (var original = new StackOutputs();
        var compressed = new StackOutputs()) {
      for (StackInputs each : StackInputs.of(architecture, missing)) {
        Stack stack = each.stack();
        if (!samples.has(stack)) {
          continue;
        }
        int first = each.lookedAt() && each.blocks().isEmpty() ? stack.blocks() - 1 : each.first();
        if (first == each.blocks().size() && !each.lookedAt()) {
          continue;
        }
        var feed = new StackFeed(stack, samples.of(stack), original.seenBy(stack));
        var beside = new StackFeed(stack, samples.of(stack), compressed.seenBy(stack));
        try (var prefix =
            PrefixCalibration.start(feed, beside, loader, states.of(stack), first, steps)) {
          run(each, prefix, missing, steps, stage, visitor);
          if (each.lookedAt()) {
            var outputs = prefix.outputs();
            original.put(stack, outputs.original());
            compressed.put(stack, outputs.compressed());
          }
          prefix.discard();
        }
      }
      original.discard();
      compressed.discard();
    }
  }

  private void run(
      StackInputs each,
      PrefixCalibration prefix,
      Set<String> missing,
      BatchSteps steps,
      Stage stage,
      Visitor visitor)
      throws CompotException {
    Stack stack = each.stack();
    for (int block = prefix.next(); block < stack.blocks(); block++) {
      String where = each.whereOfAll(block);
      Map<String, Packed> done = new HashMap<>();
      var repaired = new EnumMap<Whitening.Step, List<String>>(Whitening.Step.class);
      try {
        List<SharedInput> inputs =
            stack.projections(block).stream()
                .filter(input -> StackInputs.any(input, wanted))
                .toList();
        for (List<SharedInput> together : PrefixCalibration.stages(inputs)) {
          stage.safePoint();
          var left = together.stream().filter(input -> StackInputs.any(input, missing)).toList();
          if (!left.isEmpty()) {
            steps.next(where + ": calibrate", 0, 0);
            visit(prefix, left, done, where, repaired, visitor);
          }
          for (SharedInput input : together) {
            done.putAll(visitor.factors(input));
          }
        }
        visitor.finished(repaired);
        prefix.advance(done);
      } finally {
        done.values().forEach(Packed::close);
      }
    }
  }

  private void visit(
      PrefixCalibration prefix,
      List<SharedInput> together,
      Map<String, Packed> done,
      String where,
      Map<Whitening.Step, List<String>> repaired,
      Visitor visitor)
      throws CompotException {
    var observed = prefix.observe(together, done, originals);
    try {
      for (var entry : observed.entrySet()) {
        SharedInput input = entry.getKey();
        var seen = entry.getValue();
        try (var whitening = Whitening.of(seen.gram().matrix(), input.first().name())) {
          if (whitening.step() != Whitening.Step.CHOLESKY) {
            repaired
                .computeIfAbsent(whitening.step(), _ -> new ArrayList<>())
                .add(input.first().name());
          }
          visitor.visit(input, whitening, seen, where);
        }
      }
    } finally {
      observed.values().forEach(PairedInputs::close);
    }
  }
}
