package io.compot.pipeline.prune;

import io.compot.calibration.BackwardPass;
import io.compot.calibration.StateStore;
import io.compot.calibration.WeightGradients;
import io.compot.edit.Edit;
import io.compot.edit.Narrow;
import io.compot.edit.Narrow.Kept;
import io.compot.edit.Replaced;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.GroupChoice;
import io.compot.method.structured.GroupChoice.BlockGroups;
import io.compot.method.structured.GroupChoice.Staying;
import io.compot.method.structured.LlmPrunerMethod;
import io.compot.method.structured.LlmPrunerMethod.Refit;
import io.compot.method.structured.LlmPrunerMethod.Scope;
import io.compot.method.structured.TaylorImportance;
import io.compot.model.Projection;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;

/** Takes heads and channels out (LLM-Pruner). */
final class ChannelRemoval {

  private final LlmPrunerMethod method;
  private final PruningJob job;
  private final WorkFolder work;
  private final Run run;
  private final int from;
  private final int to;

  ChannelRemoval(LlmPrunerMethod method, PruningJob job, WorkFolder work, Run run) {
    this.method = method;
    this.job = job;
    this.work = work;
    this.run = run;
    this.from = method.blocks().from(job.stack().blocks());
    this.to = method.blocks().to(job.stack().blocks());
  }

  /**
   * Refuses what shapes alone show to be impossible.
   *
   * @throws CompotException saying what would do
   */
  static void check(LlmPrunerMethod method, PruningShape shape) throws CompotException {
    int blocks = shape.stack().blocks();
    int to = method.blocks().to(blocks);
    if (to > blocks) {
      throw new UsageException(
          "blocks %d-%d: there are %d, numbered from 0"
              .formatted(method.blocks().from(blocks), to - 1, blocks));
    }
    List<BlockGroups> groups = new ArrayList<>();
    for (int block = method.blocks().from(blocks); block < to; block++) {
      groups.add(ChannelGroups.of(shape, block).empty());
    }
    staying(method, shape, groups);
  }

  private static List<Staying> staying(
      LlmPrunerMethod method, PruningShape shape, List<BlockGroups> groups) throws CompotException {
    long bits = shape.bitsGone();
    Optional<List<Staying>> found =
        GroupChoice.most(groups) < bits
            ? Optional.empty()
            : method.scope() == Scope.LOCAL
                ? GroupChoice.local(groups, bits)
                : GroupChoice.global(groups, bits);
    int blocks = shape.stack().blocks();
    return found.orElseThrow(() ->
        new UsageException(
            "ratio %.4g would leave a block without a head or a channel: blocks %d to %d of %d are pruned; ask for less, for more blocks (blocks all), or take svd-llm, say"
                .formatted(
                    shape.ratio(),
                    method.blocks().from(blocks),
                    method.blocks().to(blocks) - 1,
                    blocks)));
  }

  /** Finds what counts least, or goes on from what an earlier process found. */
  Taken take() throws CompotException {
    return taken(staying(method, job.shape(), List.copyOf(importances().values())));
  }

  /** What heads and channels count, by the number of the block. */
  Map<Integer, BlockGroups> importances() throws CompotException {
    Map<Integer, BlockGroups> known = new TreeMap<>();
    int last = -1;
    for (int block = from; block < to; block++) {
      var found = work.find(name(block), BlockGroups.class);
      if (found.isPresent()) {
        known.put(block, found.get());
      } else {
        last = block;
      }
    }
    if (last >= 0) {
      measure(last, known);
    }
    return known;
  }

  private static String name(int block) {
    return "importance-" + block;
  }

  private void measure(int last, Map<Integer, BlockGroups> known) throws CompotException {
    int length = job.feed().samples().lengths().each().getFirst();
    if (length < 2) {
      throw new UsageException(
          "length %d: the loss of a window needs two tokens at least".formatted(length));
    }
    var store = new StateStore(work, "backward", run.memory());
    try (var stage = run.stage("backward", last + 1L - from);
        var pass =
            BackwardPass.ofText(
                job.architecture(), job.loader(), job.samples(), store, last, stage.stop())) {
      while (pass.next() >= from) {
        int block = pass.next();
        if (!known.containsKey(block) && block < to) {
          BlockGroups groups = counted(pass, block, -1.0 / (length - 1));
          work.note(name(block), groups);
          known.put(block, groups);
        } else {
          WeightGradients.through(pass, List.of(), (_, _) -> {});
        }
        stage.advance("block %d/%d".formatted(block + 1, job.stack().blocks()), 1);
        pass.advance();
      }
      pass.discard();
    }
  }

  private BlockGroups counted(BackwardPass pass, int block, double scale) throws CompotException {
    ChannelGroups groups = ChannelGroups.of(job.shape(), block);
    Map<String, TaylorImportance> importances = new LinkedHashMap<>();
    try (var _ = TensorScope.open()) {
      for (Projection each : groups.projections()) {
        importances.put(each.name(), new TaylorImportance(each.weight(job.model())));
      }
      WeightGradients.through(
          pass,
          groups.projections(),
          (projection, gradient) ->
              Objects.requireNonNull(importances.get(projection.name()))
                  .add(gradient.mul(new Scalar(scale))));
      return groups.counted(method, importances);
    } finally {
      importances.values().forEach(TaylorImportance::close);
    }
  }

  private Taken taken(List<Staying> staying) throws CompotException {
    Map<Integer, Kept> kept = new HashMap<>();
    Map<Integer, String> why = new HashMap<>();
    List<String> notes = new ArrayList<>();
    for (int i = 0; i < staying.size(); i++) {
      ChannelGroups groups = ChannelGroups.of(job.shape(), from + i);
      Staying stays = staying.get(i);
      boolean lessHeads = stays.heads().size() < groups.heads();
      boolean lessChannels = stays.channels().size() < groups.channels();
      if (lessHeads || lessChannels) {
        String words =
            "%d of %d heads and %d of %d channels stay"
                .formatted(
                    stays.heads().size(),
                    groups.heads(),
                    stays.channels().size(),
                    groups.channels());
        why.put(from + i, words);
        notes.add("block %d: %s".formatted(from + i, words));
        kept.put(
            from + i,
            new Kept(
                lessHeads ? Optional.of(stays.heads()) : Optional.empty(),
                lessChannels ? Optional.of(stays.channels()) : Optional.empty()));
      }
    }
    List<Edit> edits = new ArrayList<>();
    if (method.refit() == Refit.LEAST_SQUARES) {
      edits.add(new Replaced(refitted(kept)));
    }
    edits.add(new Narrow(kept));
    return new Taken(edits, IntStream.range(0, job.stack().blocks()).boxed().toList(), why, notes);
  }

  private Map<String, Path> refitted(Map<Integer, Kept> kept) throws CompotException {
    try (Stage stage = run.stage("refit", job.stack().blocks())) {
      return new Refitting(job, work, stage).of(new TreeMap<>(kept));
    }
  }
}
