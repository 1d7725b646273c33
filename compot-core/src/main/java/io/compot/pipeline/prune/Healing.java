package io.compot.pipeline.prune;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.edit.Edit;
import io.compot.edit.Replaced;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.form.Form;
import io.compot.form.codec.Codecs;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.HealMethod;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.pipeline.train.LowRankUpdates;
import io.compot.pipeline.train.StoredWeights;
import io.compot.pipeline.train.TrainedBlock;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Trains every block that does not give what stood behind it in the original. */
final class Healing {

  private final HealMethod method;
  private final PruningJob job;
  private final Healed original;
  private final WorkFolder work;
  private final Run run;
  private final long seed;

  /**
   * What is healed after.
   *
   * @param model the folder of the original
   * @param kept numbers, in the original, of the blocks that are left
   */
  record Healed(Path model, List<Integer> kept) {}

  Healing(HealMethod method, PruningJob job, Healed original, WorkFolder work, Run run, long seed) {
    this.method = method;
    this.job = job;
    this.original = original;
    this.work = work;
    this.run = run;
    this.seed = seed;
  }

  /** What is trained of a model. */
  static TrainedBlock.Source source(HealMethod method, ModelSource model, long seed) {
    return method.lora() == 0
        ? new StoredWeights(model)
        : new LowRankUpdates(model, method.lora(), method.scale(), seed);
  }

  /**
   * Refuses packed weights whose numbers cannot be trained, and updates of more than full rank.
   *
   * @throws UsageException naming the first
   */
  static void check(HealMethod method, PruningShape shape) throws UsageException {
    var packed = shape.model().packed();
    for (int block = 0; block < shape.stack().blocks(); block++) {
      for (Projection each : shape.projections(block)) {
        if (method.lora() > Math.min(each.in(), each.out())) {
          throw new UsageException(
              "%s is %d x %d, and updates of rank %d have more numbers than it: choose a smaller lora, or 0 to train all of it"
                  .formatted(each.name(), each.out(), each.in(), method.lora()));
        }
        Form form = packed.get(each.name());
        if (form != null && !Codecs.trains(form)) {
          throw new UsageException(
              "%s is %s, and heal trains numbers and scales, no trellis codes: choose another method for it, or leave the step heal out"
                  .formatted(each.name(), form.kind()));
        }
      }
    }
  }

  /** What was found of a block, as the journal keeps it. */
  private record Found(List<String> tensors, double before, double after, boolean diverged) {}

  Taken take(ModelSource whole) throws CompotException {
    Stack stack = job.stack();
    requireEnough(job);
    List<Integer> missing = new ArrayList<>();
    for (int block = 0; block < stack.blocks(); block++) {
      if (work.find(name(block), Found.class).isEmpty()) {
        missing.add(block);
      }
    }
    if (!missing.isEmpty()) {
      Stack first = Architecture.of(whole).decoder();
      var feed = new StackFeed(first, job.samples().of(job.stack()));
      var store = new StateStore(work, "original", run.memory());
      try (var states = new ForwardStates(feed, WeightLoader.of(whole, Dtype.F32), store)) {
        try (var stage = run.stage("calibrate", 0)) {
          states.find(first.blocks() + 1);
          states.run(stage.stop());
        }
        try (var stage = run.stage("heal", missing.size())) {
          for (int block : missing) {
            heal(block, states, first.blocks(), stage);
          }
        }
        states.discard();
      }
    }
    return taken();
  }

  /** Refuses text that is too short to train on some and to measure on others. */
  static void requireEnough(PruningJob job) throws UsageException {
    if (job.samples().count() < 2) {
      throw new UsageException(
          "healing holds windows out, and there is one alone: give more calibration text, or shorter windows (length)");
    }
  }

  private static String name(int block) {
    return "heal/" + block + ".safetensors";
  }

  private void heal(int block, ForwardStates states, int blocks, Stage stage)
      throws CompotException {
    int from = original.kept().get(block);
    int to = block + 1 < original.kept().size() ? original.kept().get(block + 1) : blocks;
    var trained =
        new TrainedBlock(job.model(), job.stack(), block, source(method, job.model(), seed));
    try (var training =
        new BlockTraining(method, trained, states.before(from), states.before(to), stage.stop())) {
      training.run();
      write(block, training);
    }
    stage.advance("block %d/%d".formatted(block + 1, job.stack().blocks()), 1);
  }

  private void write(int block, BlockTraining training) throws CompotException {
    Map<TensorInfo, Tensor> best = training.best();
    List<TensorInfo> infos = List.copyOf(best.keySet());
    try (var writer = new SafetensorsWriter(work.file(name(block)), infos, Map.of())) {
      for (var each : best.entrySet()) {
        writer.write(each.getKey().name(), each.getValue());
      }
      writer.finish();
    }
    List<String> names = infos.stream().map(TensorInfo::name).toList();
    var found = new Found(names, training.before(), training.after(), training.diverged());
    work.finish(List.of(new WorkFolder.Finished(name(block), found)));
  }

  private Taken taken() throws CompotException {
    Map<String, Path> tensors = new HashMap<>();
    Map<Integer, String> why = new HashMap<>();
    List<String> notes = new ArrayList<>();
    for (int block = 0; block < job.stack().blocks(); block++) {
      Found found = work.find(name(block), Found.class).orElseThrow();
      for (String tensor : found.tensors()) {
        tensors.put(tensor, work.file(name(block)));
      }
      if (!found.tensors().isEmpty()) {
        String words =
            String.format(
                Locale.ROOT,
                "relative error %.4f before, %.4f after",
                Math.sqrt(found.before()),
                Math.sqrt(found.after()));
        why.put(block, "healed: " + words);
        notes.add("block %d healed: %s".formatted(block, words));
      }
      if (found.diverged()) {
        notes.add("training of block %d diverged: what was best before was kept".formatted(block));
      }
    }
    List<Edit> edits = tensors.isEmpty() ? List.of() : List.of(new Replaced(tensors));
    return new Taken(edits, IntStream.range(0, job.stack().blocks()).boxed().toList(), why, notes);
  }
}
