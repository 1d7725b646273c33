package io.compot.pipeline.prune;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.StateStore;
import io.compot.edit.DropBlocks;
import io.compot.edit.Edit;
import io.compot.edit.Replaced;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.Gap;
import io.compot.method.structured.GapChoice;
import io.compot.method.structured.ReplaceMeMethod;
import io.compot.model.Stack;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Drops blocks and makes up for them (ReplaceMe). */
final class BlockRemoval {

  private static final String GAPS = "gaps";

  private final ReplaceMeMethod method;
  private final PruningJob job;
  private final WorkFolder work;
  private final Run run;

  BlockRemoval(ReplaceMeMethod method, PruningJob job, WorkFolder work, Run run) {
    this.method = method;
    this.job = job;
    this.work = work;
    this.run = run;
  }

  /**
   * Refuses what shapes alone show to be impossible.
   *
   * @throws CompotException naming the model, and what would do
   */
  static void check(ReplaceMeMethod method, PruningShape shape) throws CompotException {
    Stack stack = shape.stack();
    for (int block = 0; block < stack.blocks(); block++) {
      if (stack.closing(block).isEmpty()) {
        throw InputException.in(
            shape.model().folder(),
            "block %d of the family \"%s\" does not end in the sum of a dense feed-forward layer, into which a map could be multiplied"
                .formatted(block, shape.architecture().family()),
            "choose another method");
      }
    }
    int dropped = shape.blocksFor(shape.ratio());
    if (room(method, stack.blocks(), dropped).isEmpty()) {
      throw noRoom(method, shape, dropped);
    }
  }

  private static UsageException noRoom(ReplaceMeMethod method, PruningShape shape, int dropped) {
    return new UsageException(
        "ratio %s takes %d of %d blocks out in %s, but the first and one between two gaps have to stay; ask for a smaller ratio or fewer gaps"
            .formatted(
                shape.ratio(),
                dropped,
                shape.stack().blocks(),
                method.gaps() == 1 ? "one gap" : "up to " + method.gaps() + " gaps"));
  }

  private static Optional<List<Gap>> room(ReplaceMeMethod method, int blocks, int dropped) {
    return dropped >= blocks
        ? Optional.empty()
        : GapChoice.of(blocks, method.gaps(), dropped, (_, _) -> 0);
  }

  /** What was chosen, as the journal keeps it. */
  private record Noted(List<Gap> gaps, List<String> notes) {}

  /** Chooses the blocks and finds the maps, or goes on from what an earlier process found. */
  Taken take() throws CompotException {
    Stack stack = job.stack();
    Noted noted = work.find(GAPS, Noted.class).orElse(null);
    if (noted == null || !mapsAreThere(noted.gaps())) {
      var store = new StateStore(work, "replaceme", run.memory());
      try (var states = new ForwardStates(job.feed(), job.loader(), store)) {
        try (var stage = run.stage("calibrate", (long) batches() * stack.blocks())) {
          states.find(stack.blocks() + 1);
          states.run(() -> {
            stage.advance("forward", 1);
            return stage.stop().wanted();
          });
        }
        if (noted == null) {
          noted = choose(states);
          work.note(GAPS, noted);
        }
        try (var stage = run.stage("maps", noted.gaps().size())) {
          for (Gap gap : noted.gaps()) {
            map(gap, states, stage);
          }
        }
        states.discard();
      }
    }
    noted.notes().forEach(note -> run.tell(new Progress.Notice(note)));
    return taken(noted);
  }

  private int batches() {
    return job.feed().samples().lengths().batches().size();
  }

  /** Blocks may be of several sizes: one more goes where those of the first choice were small. */
  private Noted choose(ForwardStates states) throws CompotException {
    try (var stage = run.stage("distances", 0)) {
      for (int dropped = job.shape().blocksFor(job.ratio()); ; dropped++) {
        if (room(method, job.stack().blocks(), dropped).isEmpty()) {
          throw noRoom(method, job.shape(), dropped);
        }
        Noted noted =
            method.choice() == ReplaceMeMethod.Choice.LOSS
                ? byLoss(states, dropped, stage)
                : byDistance(states, dropped, stage);
        if (reached(noted)) {
          return noted;
        }
      }
    }
  }

  private boolean reached(Noted noted) throws CompotException {
    long gone = 0;
    for (Gap gap : noted.gaps()) {
      for (int block = gap.first(); block < gap.end(); block++) {
        gone += job.shape().bits(block);
      }
    }
    return job.shape().reached(gone);
  }

  private Noted byDistance(ForwardStates states, int dropped, Stage stage) throws CompotException {
    int blocks = job.stack().blocks();
    // With one gap all blocks go in it.
    int least = Math.min(method.gaps(), dropped) == 1 ? dropped : 1;
    double[][] distances = new double[blocks + 1][blocks + 1];
    for (int before = 1; before < blocks; before++) {
      for (int behind = before + 1; behind <= Math.min(blocks, before + dropped); behind++) {
        boolean asked = behind - before >= least;
        distances[before][behind] =
            asked
                ? GapDistances.of(method.distance(), states, before, behind, stage.stop())
                : Double.POSITIVE_INFINITY;
      }
      stage.advance("distances", 1);
    }
    List<Gap> gaps =
        GapChoice.of(blocks, method.gaps(), dropped, (before, behind) -> distances[before][behind])
            .orElseThrow();
    List<String> notes = new ArrayList<>();
    for (Gap gap : gaps) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%s dropped: %s distance %.4g",
              gap,
              method.distance().name().toLowerCase(Locale.ROOT),
              distances[gap.first()][gap.end()]));
    }
    return new Noted(gaps, notes);
  }

  /** One gap after the other, each where least is lost with those before it in place. */
  private Noted byLoss(ForwardStates states, int dropped, Stage stage) throws CompotException {
    int blocks = job.stack().blocks();
    var fits = new GapMaps(job, states, stage.stop());
    var trial = new GapTrial(job, states, stage.stop());
    List<String> notes = new ArrayList<>();
    try (var _ = TensorScope.open()) {
      Map<Gap, Tensor> chosen = new HashMap<>();
      int[] counts = GapChoice.evenly(dropped, method.gaps());
      for (int i = 0; i < counts.length; i++) {
        Gap best = null;
        double least = Double.POSITIVE_INFINITY;
        for (int first = 1; first + counts[i] <= blocks; first++) {
          Gap gap = new Gap(first, counts[i]);
          if (!chosen.keySet().stream().allMatch(gap::apart)) {
            continue;
          }
          Map<Gap, Tensor> all = new LinkedHashMap<>(chosen);
          all.put(gap, fits.fit(gap, method.ridge()));
          double lost = trial.divergence(all);
          if (lost < least) {
            least = lost;
            best = gap;
          }
          stage.advance("tried " + gap, 1);
        }
        if (best == null) {
          throw new UsageException(
              "after %s there is no room for a gap of %d blocks; ask for fewer gaps"
                  .formatted(chosen.keySet(), counts[i]));
        }
        chosen.put(best, fits.fit(best, method.ridge()));
        notes.add(
            String.format(Locale.ROOT, "%s dropped: %.4g nats a token are lost", best, least));
      }
      List<Gap> gaps =
          chosen.keySet().stream().sorted(Comparator.comparingInt(Gap::first)).toList();
      return new Noted(gaps, notes);
    }
  }

  private static String name(Gap gap) {
    return "maps/" + gap.first() + ".safetensors";
  }

  private boolean mapsAreThere(List<Gap> gaps) throws CompotException {
    for (Gap gap : gaps) {
      if (work.find(name(gap), String[].class).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private void map(Gap gap, ForwardStates states, Stage stage) throws CompotException {
    if (work.find(name(gap), String[].class).isEmpty()) {
      var fits = new GapMaps(job, states, stage.stop());
      try (var _ = TensorScope.open()) {
        Path file = work.file(name(gap));
        List<String> tensors = fits.fold(gap, fits.fit(gap, method.ridge()), file);
        work.finish(List.of(new WorkFolder.Finished(name(gap), tensors)));
      }
    }
    stage.advance(gap.toString(), 1);
  }

  private Taken taken(Noted noted) throws CompotException {
    List<Edit> edits = new ArrayList<>();
    List<Integer> kept = new ArrayList<>(IntStream.range(0, job.stack().blocks()).boxed().toList());
    Map<Integer, String> why = new HashMap<>();
    // From behind, so that the numbers in front stay what they are.
    for (Gap gap : noted.gaps().reversed()) {
      Map<String, Path> tensors = new HashMap<>();
      for (String tensor : work.find(name(gap), String[].class).orElseThrow()) {
        tensors.put(tensor, work.file(name(gap)));
      }
      edits.add(new DropBlocks(gap.first(), gap.count(), Optional.of(new Replaced(tensors))));
      for (int block = gap.first(); block < gap.end(); block++) {
        kept.remove(Integer.valueOf(block));
        why.put(block, "dropped with its block");
      }
      why.put(gap.front(), "in front of a gap");
    }
    return new Taken(edits, kept, why, noted.notes());
  }
}
