package io.compot.pipeline.pass;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.SumFile;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.pipeline.task.CrewJob;
import io.compot.pipeline.task.ObserveTask;
import io.compot.pipeline.task.SumTask;
import io.compot.progress.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The Gram matrices of a model with one stack, by a crew: each block is run over all parts of the
 * windows at once, then each input's parts are added up.
 */
public final class CrewCalibration {

  private static final String STATES = "original";

  private final CrewJob crew;
  private final ModelSource checkpoint;
  private final StackInputs wanted;
  private final GramStore into;
  private final PartedStates states;
  private final Map<SharedInput, Long> tokens = new HashMap<>();

  /**
   * A calibration.
   *
   * @param names of the projections whose inputs are wanted
   * @param into receives their matrices
   */
  public CrewCalibration(
      CrewJob crew,
      Architecture architecture,
      ModelSource checkpoint,
      Set<String> names,
      CalibrationSamples samples,
      GramStore into) {
    this.crew = crew;
    this.checkpoint = checkpoint;
    this.wanted = StackInputs.of(architecture, names).getFirst();
    this.into = into;
    var stack = wanted.stack();
    this.states = new PartedStates(into.work(), "calibrate", stack, samples.of(stack));
  }

  /** Bytes of what the parts have summed, of the largest block. */
  public long sumBytes() {
    long largest = wanted.blocks().stream().mapToLong(GramStore::bytes).max().orElse(0);
    return states.parts().size() * largest;
  }

  /** Does it, from where an earlier process ended. */
  public void run(Stage stage) throws CompotException {
    int block = begin();
    for (; block < wanted.blocks().size(); block++) {
      stage.safePoint();
      boolean last = block + 1 == wanted.blocks().size();
      List<SharedInput> inputs = wanted.blocks().get(block);
      List<ObjectFile.Written> behind = observe(block, inputs, last, stage);
      add(block, inputs, stage);
      if (!last) {
        states.made(STATES, block + 1, behind);
      }
      states.discard(STATES, block);
    }
  }

  /** The block to begin with, before which all states are there. */
  private int begin() throws CompotException {
    for (int block = wanted.first(); block > 0; block--) {
      if (states.find(STATES, block)) {
        return block;
      }
    }
    states.first(STATES, WeightLoader.of(checkpoint, crew.premises().type()));
    return 0;
  }

  /** What a part has summed for an input. */
  private SumFile sum(int block, SharedInput input, int part) throws FailureException {
    WorkFolder work = into.work();
    Path file = work.file("sums/calibrate-%d-%d-%s".formatted(block, part, input.first().name()));
    return SumFile.square(file.toAbsolutePath(), input.in());
  }

  /** What lies behind the block in each part, where it is not the last. */
  private List<ObjectFile.Written> observe(
      int block, List<SharedInput> inputs, boolean last, Stage stage) throws CompotException {
    List<ObserveTask> tasks = new ArrayList<>();
    int parts = states.parts().size();
    for (int part = 0; part < parts; part++) {
      Map<String, SumFile> grams = new LinkedHashMap<>();
      for (SharedInput input : inputs) {
        grams.put(input.first().name(), sum(block, input, part));
      }
      tasks.add(
          new ObserveTask(
              crew.premises(),
              block,
              states.lengths(part),
              states.file(STATES, block, part),
              last ? null : states.file(STATES, block + 1, part),
              grams));
    }
    String where = wanted.where(block) + ": calibrate";
    long units = (long) WorkUnits.observe(inputs, states.samples().lengths().total()) / parts;
    var behind = new ObjectFile.Written[parts];
    tokens.clear();
    crew.run(
        where,
        tasks,
        stage.stop(),
        (part, _, observed) -> {
          if (!last) {
            behind[part] = Objects.requireNonNull(observed.behind());
          }
          for (SharedInput input : inputs) {
            tokens.merge(
                input, observed.tokens().getOrDefault(input.first().name(), 0L), Long::sum);
          }
          stage.advance(where, units);
        });
    return last ? List.of() : List.of(behind);
  }

  private void add(int block, List<SharedInput> inputs, Stage stage) throws CompotException {
    List<SumTask> tasks = new ArrayList<>();
    for (SharedInput input : inputs) {
      List<SumFile> parts = new ArrayList<>();
      for (int part = 0; part < states.parts().size(); part++) {
        parts.add(sum(block, input, part));
      }
      tasks.add(new SumTask(crew.premises(), parts, into.square(input)));
    }
    crew.run(
        wanted.where(block) + ": sums",
        tasks,
        stage.stop(),
        (place, _, written) -> {
          SharedInput input = inputs.get(place);
          long summed = tokens.getOrDefault(input, 0L);
          into.made(Map.of(input, new SumFile.Stored(written, summed)));
        });
    for (SharedInput input : inputs) {
      for (int part : IntStream.range(0, states.parts().size()).toArray()) {
        PartedStates.discard(sum(block, input, part).file());
      }
    }
  }
}
