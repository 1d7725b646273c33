package io.compot.pipeline.prune;

import io.compot.calibration.CalibrationSamples;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.PlainOutput;
import io.compot.edit.Edit;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.method.StepKind;
import io.compot.method.structured.HealMethod;
import io.compot.method.structured.LlmPrunerMethod;
import io.compot.method.structured.ReplaceMeMethod;
import io.compot.method.structured.StructuredMethod;
import io.compot.pipeline.Compressor.TypeChoice;
import io.compot.pipeline.FinishedRun;
import io.compot.pipeline.MemoryWatch;
import io.compot.pipeline.OutputReport;
import io.compot.pipeline.check.Preflight;
import io.compot.pipeline.check.RunFingerprint;
import io.compot.plan.Plan;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.progress.StopRequest;
import io.compot.recipe.CompressionSettings;
import io.compot.result.CompressionReport;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes parts out of a model and writes an ordinary, smaller checkpoint: everything that can be
 * checked is checked first; what was found is kept beside the output until that is there, so that
 * another process goes on from it. Memory holds one block; hidden states lie in files.
 */
public final class StructuredCompressor {

  private static final String WORK = "prune";

  private final Path model;
  private final CompressionSettings settings;
  private final StructuredMethod method;
  private final TypeChoice computation;
  private final ProgressListener listener;
  private Resume resume = Resume.AUTO;
  private StopRequest stop = StopRequest.never();
  private List<Path> kept = List.of();
  private boolean keepsWork;
  private Healing.@Nullable Healed healed;

  /**
   * Of a checkpoint in a folder.
   *
   * @param settings whose method is a {@link StructuredMethod}
   */
  public StructuredCompressor(
      Path model, CompressionSettings settings, TypeChoice computation, ProgressListener listener) {
    this.model = model;
    this.settings = settings;
    this.method = (StructuredMethod) settings.method();
    this.computation = computation;
    this.listener = listener;
  }

  /** What becomes of unfinished work on the same output; default auto. */
  public StructuredCompressor resuming(Resume choice) {
    resume = choice;
    return this;
  }

  /** Files that the output must leave alone, beside the model and the calibration text. */
  public StructuredCompressor keeping(List<Path> files) {
    kept = List.copyOf(files);
    return this;
  }

  /** Asked whether to stop, all the time. */
  public StructuredCompressor stopping(StopRequest request) {
    stop = request;
    return this;
  }

  /**
   * For a method that heals.
   *
   * @param original the folder of what was pruned; null where that is not known
   * @param blocks numbers, in it, of the blocks that are left
   */
  public StructuredCompressor healing(@Nullable Path original, List<Integer> blocks) {
    healed = original == null ? null : new Healing.Healed(original, blocks);
    return this;
  }

  /** Whether the folder of this work stays until the caller removes it, as in a comparison. */
  public StructuredCompressor keepingWork(boolean keeps) {
    keepsWork = keeps;
    return this;
  }

  /**
   * Refuses what settings and shapes alone show to be impossible; reads no text and no weights.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public void checkSettings() throws CompotException {
    try (ModelSource checkpoint = open()) {
      shape(checkpoint);
    }
  }

  /** Packed weights can be healed, and nothing else. */
  private ModelSource open() throws CompotException {
    return method.step() == StepKind.HEAL ? Preflight.openAny(model) : Preflight.open(model);
  }

  private PruningShape shape(ModelSource checkpoint) throws CompotException {
    var general = settings.general();
    if (!general.include().isEmpty()
        || !general.exclude().isEmpty()
        || !settings.overrides().isEmpty()) {
      throw new UsageException(
          "%s takes parts out of the whole model: include, exclude and overrides are not for it"
              .formatted(method.name()));
    }
    if (general.tableWidth().isPresent()) {
      throw new UsageException(
          "%s leaves embeddings as they are: say embeddings keep".formatted(method.name()));
    }
    if (settings.calibration().isEmpty()) {
      throw new UsageException(
          "method %s needs calibration text; give a text file like what the model will read"
              .formatted(method.name()));
    }
    var shape = PruningShape.of(method.name(), checkpoint, settings.budget());
    switch (method) {
      case ReplaceMeMethod replaceMe -> BlockRemoval.check(replaceMe, shape);
      case LlmPrunerMethod pruner -> ChannelRemoval.check(pruner, shape);
      case HealMethod heal -> {
        if (healed == null) {
          throw new UsageException(
              "heal is a step behind prune or factorise: say it in a recipe with steps (docs/recipes.md)");
        }
        Healing.check(heal, shape);
      }
    }
    return shape;
  }

  /**
   * Refuses all that {@link #run} would refuse before its work, and leaves nothing behind.
   *
   * @param output where {@link #run} will put it
   * @param force whether an existing one may be replaced
   * @throws CompotException as {@link #run} would throw it
   */
  public void check(Path output, boolean force) throws CompotException {
    Path place = OutputFolder.place(output);
    OutputReport.requireApart(model, settings, kept, output);
    OutputFolder.requireFree(output, force || WorkFolder.left(place));
    try (ModelSource checkpoint = open();
        WorkFolder work = WorkFolder.take(place)) {
      var texts = new LinkedHashMap<Path, String>();
      PruningJob job = job(checkpoint, work, texts);
      if (WorkFolder.left(place) || resume == Resume.REQUIRED) {
        work.requireResumable(WORK, fingerprint(job, inputs(checkpoint, texts)), resume);
      }
    }
  }

  private PruningJob job(ModelSource checkpoint, WorkFolder work, Map<Path, String> texts)
      throws CompotException {
    PruningShape shape = shape(checkpoint);
    Dtype type = computation.of(checkpoint);
    CalibrationSamples samples =
        new Preflight(settings).samples(checkpoint, shape.architecture(), type, texts);
    var job = new PruningJob(shape, samples, type);
    long states = job.feed().shape(type).bytes() * (shape.stack().blocks() + 2L);
    long output =
        PrunedPlan.bits(checkpoint) / Byte.SIZE
            + OutputFolder.smallFiles(checkpoint.sideFiles(), 0);
    long missing = Math.max(0, states + output - work.bytes());
    OutputFolder.requireSpace(work.path(), work.target(), missing);
    Preflight.requireFinite(checkpoint);
    return job;
  }

  /**
   * Does it.
   *
   * @param output folder that appears whole or not at all
   * @param force whether an existing one is replaced
   * @throws CompotException where an input is not acceptable, found before any work, or the work
   *     fails
   */
  public CompressionReport run(Path output, boolean force) throws CompotException {
    try (var watch = new MemoryWatch()) {
      return run(output, force, new Run(watch.noting(listener), stop, 0), watch);
    }
  }

  private CompressionReport run(Path output, boolean force, Run run, MemoryWatch watch)
      throws CompotException {
    Path place = OutputFolder.place(output);
    OutputReport.requireApart(model, settings, kept, output);
    OutputFolder.requireFree(output, force || WorkFolder.left(place));
    try (ModelSource checkpoint = open();
        WorkFolder work = WorkFolder.take(place)) {
      OutputFolder.restore(work.path(), place);
      var texts = new LinkedHashMap<Path, String>();
      PruningJob job;
      try (var _ = run.stage("check", 0)) {
        job = job(checkpoint, work, texts);
      }
      Map<String, String> inputs = inputs(checkpoint, texts);
      work.begin(WORK, fingerprint(job, inputs), resume);
      var finished = FinishedRun.find(work);
      if (finished.isPresent()) {
        done(work);
        return finished.get();
      }
      OutputFolder.requireFree(output, force);
      Taken taken =
          switch (method) {
            case ReplaceMeMethod replaceMe -> new BlockRemoval(replaceMe, job, work, run).take();
            case LlmPrunerMethod pruner -> new ChannelRemoval(pruner, job, work, run).take();
            case HealMethod heal -> heal(heal, job, work, run);
          };
      try (ModelSource smaller = Edit.all(taken.edits(), open());
          OutputFolder folder = OutputFolder.within(work.path(), output, force)) {
        Plan plan = PrunedPlan.of(method, settings.allocation().name(), job, taken, smaller);
        try (var _ = run.stage("write", 0)) {
          PlainOutput.write(smaller, folder, settings.general().shardSize());
        }
        var report =
            new OutputReport(model, settings, job.samples(), job.type(), texts, inputs)
                .commit(folder, work, plan, List.of(), run, watch);
        done(work);
        return report;
      }
    }
  }

  private Taken heal(HealMethod heal, PruningJob job, WorkFolder work, Run run)
      throws CompotException {
    Healing.Healed of = Objects.requireNonNull(healed);
    try (ModelSource whole = Preflight.open(of.model())) {
      long seed = settings.general().seed();
      return heal.towards() == HealMethod.Towards.STATES
          ? new Healing(heal, job, of, work, run, seed).take(whole)
          : new Distillation(heal, job, work, run, seed).take(whole);
    }
  }

  private Fingerprint fingerprint(PruningJob job, Map<String, String> inputs) {
    return RunFingerprint.of(inputs, settings, job.samples(), job.type());
  }

  private void done(WorkFolder work) throws CompotException {
    if (!keepsWork) {
      work.delete();
    }
  }

  private Map<String, String> inputs(ModelSource checkpoint, Map<Path, String> texts)
      throws CompotException {
    Map<String, String> inputs = OutputReport.inputs(texts, checkpoint);
    if (healed != null && method.step() == StepKind.HEAL) {
      try (ModelSource whole = Preflight.open(healed.model())) {
        whole.digests().forEach((name, digest) -> inputs.put("original: " + name, digest));
      }
    }
    return inputs;
  }
}
