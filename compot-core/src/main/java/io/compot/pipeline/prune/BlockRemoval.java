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
import io.compot.method.structured.ReplaceMeMethod.Objective;
import io.compot.model.Stack;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

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
    if (method.choice() == ReplaceMeMethod.Choice.INFLUENCE && method.gaps() != 1) {
      throw new UsageException(
          "choice influence drops single blocks, in as many gaps as they make: leave gaps out");
    }
    for (int block = 0; block < stack.blocks(); block++) {
      if (method.map() != Objective.NONE && stack.closing(block).isEmpty()) {
        throw InputException.in(
            shape.model().folder(),
            "block %d of the family \"%s\" does not end in the sum of a dense feed-forward layer, into which a map could be multiplied"
                .formatted(block, shape.architecture().family()),
            "say map none, or choose another method");
      }
    }
    int dropped = shape.blocksFor(shape.ratio());
    if (!room(method, stack.blocks(), dropped)) {
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

  private static boolean room(ReplaceMeMethod method, int blocks, int dropped) {
    return dropped < blocks
        && (method.choice() == ReplaceMeMethod.Choice.INFLUENCE
            || GapChoice.of(blocks, method.gaps(), dropped, (_, _) -> 0).isPresent());
  }

  /** Chooses the blocks and finds the maps, or goes on from what an earlier process found. */
  Taken take() throws CompotException {
    Stack stack = job.stack();
    GapSearch.Found noted = work.find(GAPS, GapSearch.Found.class).orElse(null);
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
  private GapSearch.Found choose(ForwardStates states) throws CompotException {
    try (var stage = run.stage("distances", 0)) {
      for (int dropped = job.shape().blocksFor(job.ratio()); ; dropped++) {
        if (!room(method, job.stack().blocks(), dropped)) {
          throw noRoom(method, job.shape(), dropped);
        }
        GapSearch.Found found = new GapSearch(method, job, states, stage).of(dropped);
        if (reached(found)) {
          return found;
        }
      }
    }
  }

  private boolean reached(GapSearch.Found noted) throws CompotException {
    long gone = 0;
    for (Gap gap : noted.gaps()) {
      for (int block = gap.first(); block < gap.end(); block++) {
        gone += job.shape().bits(block);
      }
    }
    return job.shape().reached(gone);
  }

  private static String name(Gap gap) {
    return "maps/" + gap.first() + ".safetensors";
  }

  private boolean mapsAreThere(List<Gap> gaps) throws CompotException {
    for (Gap gap : gaps) {
      if (method.map() != Objective.NONE && work.find(name(gap), String[].class).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private void map(Gap gap, ForwardStates states, Stage stage) throws CompotException {
    if (method.map() != Objective.NONE && work.find(name(gap), String[].class).isEmpty()) {
      var fits = new GapMaps(job, states, stage.stop());
      try (var _ = TensorScope.open()) {
        Path file = work.file(name(gap));
        List<String> tensors = fits.fold(gap, fits.fit(gap, method.map(), method.ridge()), file);
        work.finish(List.of(new WorkFolder.Finished(name(gap), tensors)));
      }
    }
    stage.advance(gap.toString(), 1);
  }

  private Optional<Replaced> merged(Gap gap) throws CompotException {
    if (method.map() == Objective.NONE) {
      return Optional.empty();
    }
    Map<String, Path> tensors = new HashMap<>();
    for (String tensor : work.find(name(gap), String[].class).orElseThrow()) {
      tensors.put(tensor, work.file(name(gap)));
    }
    return Optional.of(new Replaced(tensors));
  }

  private Taken taken(GapSearch.Found noted) throws CompotException {
    List<Edit> edits = new ArrayList<>();
    List<Integer> kept = new ArrayList<>(IntStream.range(0, job.stack().blocks()).boxed().toList());
    Map<Integer, String> why = new HashMap<>();
    // From behind, so that the numbers in front stay what they are.
    for (Gap gap : noted.gaps().reversed()) {
      edits.add(new DropBlocks(gap.first(), gap.count(), merged(gap)));
      for (int block = gap.first(); block < gap.end(); block++) {
        kept.remove(Integer.valueOf(block));
        why.put(block, "dropped with its block");
      }
      why.put(gap.front(), "in front of a gap");
    }
    return new Taken(edits, kept, why, noted.notes());
  }
}
