package io.compot.pipeline.pass;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.SumFile;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.pipeline.task.CrewJob;
import io.compot.pipeline.task.PairedSums;
import io.compot.pipeline.task.PairedTask;
import io.compot.pipeline.task.StepTask;
import io.compot.pipeline.task.SumTask;
import io.compot.plan.LayerTask;
import io.compot.progress.Stage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A model with one stack beside what has been compressed of it so far, by a crew: all parts of the
 * windows at once, block by block from the front.
 */
public final class CrewPrefix {

  private static final String ORIGINAL = "original";
  private static final String COMPRESSED = "prefix";

  private final CrewJob crew;
  private final ModelSource checkpoint;
  private final Stack stack;
  private final WorkFolder work;
  private final boolean originals;
  private final Stage stage;
  private final PartedStates states;

  /**
   * A pass over all blocks.
   *
   * @param work for hidden states and sums
   * @param originals whether the original's Gram matrices are wanted too
   */
  public CrewPrefix(
      CrewJob crew,
      Architecture architecture,
      ModelSource checkpoint,
      CalibrationSamples samples,
      WorkFolder work,
      boolean originals,
      Stage stage) {
    this.crew = crew;
    this.checkpoint = checkpoint;
    this.stack = architecture.decoder();
    this.work = work;
    this.originals = originals;
    this.stage = stage;
    this.states = new PartedStates(work, "compress", stack, samples.of(stack));
  }

  /** Number of blocks. */
  public int blocks() {
    return stack.blocks();
  }

  /** A block's inputs. */
  public List<SharedInput> inputs(int block) {
    return stack.projections(block);
  }

  /** A block, for progress. */
  public String where(int block) {
    return "block %d/%d".formatted(block + 1, stack.blocks());
  }

  /**
   * Makes the first hidden states, or goes on from those of an earlier process.
   *
   * @param missing projections that have no factors yet
   * @return the block to begin with; as many as there are where nothing is missing
   */
  public int begin(Set<String> missing) throws CompotException {
    int first = 0;
    while (first < blocks()
        && stack.projections(first).stream().noneMatch(i -> StackInputs.any(i, missing))) {
      first++;
    }
    if (first == blocks()) {
      return first;
    }
    for (int block = first; block > 0; block--) {
      if (states.find(ORIGINAL, block) && states.find(COMPRESSED, block)) {
        return block;
      }
    }
    var loader = WeightLoader.of(checkpoint, crew.premises().type());
    states.first(ORIGINAL, loader);
    states.first(COMPRESSED, loader);
    return 0;
  }

  /**
   * Sums what inputs look like in both models.
   *
   * @param done tasks of the block's projections that stand before all of them
   * @return where the sums lie, by the name of each input's first projection
   */
  public Map<String, PairedSums> observe(int block, List<SharedInput> inputs, List<LayerTask> done)
      throws CompotException {
    List<PairedTask> tasks = new ArrayList<>();
    for (int part = 0; part < states.parts().size(); part++) {
      tasks.add(
          new PairedTask(
              crew.premises(),
              block,
              states.lengths(part),
              states.file(ORIGINAL, block, part),
              states.file(COMPRESSED, block, part),
              done,
              sums(block, inputs, "part" + part)));
    }
    String where = where(block) + ": calibrate";
    Map<String, Long> tokens = new HashMap<>();
    crew.run(
        where,
        tasks,
        stage.stop(),
        (_, _, observed) -> {
          observed.tokens().forEach((input, count) -> tokens.merge(input, count, Long::sum));
          stage.advance(where, 0);
        });
    Map<String, PairedSums> sums = sums(block, inputs, "sum");
    List<SumTask> adding = new ArrayList<>();
    for (var each : sums.entrySet()) {
      List<PairedSums> parts = new ArrayList<>();
      tasks.forEach(task -> parts.add(Objects.requireNonNull(task.sums().get(each.getKey()))));
      PairedSums into = each.getValue();
      for (int i = 0; i < into.files().size(); i++) {
        int which = i;
        adding.add(
            new SumTask(
                crew.premises(),
                parts.stream().map(part -> part.files().get(which)).toList(),
                into.files().get(which)));
      }
    }
    crew.run(where(block) + ": sums", adding, stage.stop(), (_, _, _) -> {});
    for (PairedTask task : tasks) {
      discard(task.sums().values());
    }
    sums.replaceAll((input, sum) -> sum.of(tokens.getOrDefault(input, 0L)));
    return sums;
  }

  private Map<String, PairedSums> sums(int block, List<SharedInput> inputs, String whose)
      throws FailureException {
    Map<String, PairedSums> sums = new LinkedHashMap<>();
    for (SharedInput input : inputs) {
      String name = "sums/compress-%d-%s-%s".formatted(block, whose, input.first().name());
      sums.put(
          input.first().name(),
          new PairedSums(
              square(name + "-gram", input),
              new SumFile(work.file(name + "-drift").toAbsolutePath(), input.in() + 1, input.in()),
              originals ? square(name + "-original", input) : null,
              0));
    }
    return sums;
  }

  private SumFile square(String name, SharedInput input) throws FailureException {
    return SumFile.square(work.file(name).toAbsolutePath(), input.in());
  }

  /** Nobody needs these sums any more. */
  public void discard(Collection<PairedSums> sums) throws FailureException {
    for (PairedSums each : sums) {
      for (SumFile file : each.files()) {
        PartedStates.discard(file.file());
      }
    }
  }

  /**
   * Takes both models through a block that is done.
   *
   * @param done tasks of all its projections that have factors
   */
  public void advance(int block, List<LayerTask> done) throws CompotException {
    List<StepTask> tasks = new ArrayList<>();
    for (int part = 0; part < states.parts().size(); part++) {
      tasks.add(
          new StepTask(
              crew.premises(),
              block,
              states.lengths(part),
              pair(block, part),
              pair(block + 1, part),
              done));
    }
    String where = where(block) + ": step";
    var written = new StepTask.Stepped[tasks.size()];
    crew.run(
        where,
        tasks,
        stage.stop(),
        (part, _, stepped) -> {
          written[part] = stepped;
          stage.advance(where, 0);
        });
    List<ObjectFile.Written> original = new ArrayList<>();
    List<ObjectFile.Written> compressed = new ArrayList<>();
    for (StepTask.Stepped each : written) {
      original.add(each.original());
      compressed.add(each.compressed());
    }
    states.made(ORIGINAL, block + 1, original);
    states.made(COMPRESSED, block + 1, compressed);
    discard(block);
  }

  private StepTask.Pair pair(int block, int part) throws FailureException {
    return new StepTask.Pair(
        states.file(ORIGINAL, block, part), states.file(COMPRESSED, block, part));
  }

  private void discard(int block) throws FailureException {
    states.discard(ORIGINAL, block);
    states.discard(COMPRESSED, block);
  }

  /** The pass is done: nobody needs its states any more. */
  public void discard() throws FailureException {
    discard(blocks());
  }
}
