package io.compot.pipeline;

import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.SideFileNotice;
import io.compot.edit.Edit;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.check.DiskNeeds;
import io.compot.pipeline.check.Preflight;
import io.compot.pipeline.check.RunFingerprint;
import io.compot.pipeline.pass.Groundwork;
import io.compot.pipeline.pass.SharedWork;
import io.compot.pipeline.task.Crew;
import io.compot.pipeline.task.CrewJob;
import io.compot.pipeline.task.Premises;
import io.compot.pipeline.work.BlockWork;
import io.compot.pipeline.work.TableWork;
import io.compot.plan.Expectation;
import io.compot.plan.FileFit;
import io.compot.plan.Plan;
import io.compot.plan.Reach;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.progress.StopRequest;
import io.compot.recipe.CompressionSettings;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compresses a checkpoint: everything that can be checked is checked first, then block by block the
 * inputs are observed, the weights factorised and the factors written, then the new checkpoint is
 * put together. Memory holds one block, its Gram matrices and the hidden states.
 */
public final class Compressor {

  /** Bytes of hidden states that are kept in memory unless told otherwise. */
  public static final long DEFAULT_MEMORY = 1L << 30;

  /** Chooses the element type of the calibration passes. */
  @FunctionalInterface
  public interface TypeChoice {
    /** The type to compute in, for a model of these weights. */
    Dtype of(WeightSource weights) throws InputException;
  }

  private static final String WORK = "compress";

  private final Path model;
  private final CompressionSettings settings;
  private final TypeChoice computation;
  private final ProgressListener listener;
  private List<Edit> edits = List.of();
  private Resume resume = Resume.AUTO;
  private StopRequest stop = StopRequest.never();
  private @Nullable SharedWork shared;
  private FileFit.@Nullable Bytes sizes;
  private List<Path> kept = List.of();
  private long memory = DEFAULT_MEMORY;
  private boolean keepsWork;
  private @Nullable Crew crew;

  /** A compression of the checkpoint in a folder. */
  public Compressor(
      Path model, CompressionSettings settings, TypeChoice computation, ProgressListener listener) {
    this.model = model;
    this.settings = settings;
    this.computation = computation;
    this.listener = listener;
  }

  /**
   * Takes a size that is asked for to be that of files in another format.
   *
   * @param files of a plan; null for those of the packed folder
   */
  public Compressor sizing(FileFit.@Nullable Bytes files) {
    sizes = files;
    return this;
  }

  /** Compresses the model as these changes make it; its folder stays as it is. */
  public Compressor editing(List<Edit> changes) {
    edits = List.copyOf(changes);
    return this;
  }

  /** What becomes of unfinished work on the same output; default auto. */
  public Compressor resuming(Resume choice) {
    resume = choice;
    return this;
  }

  /** Files that the output must leave alone, beside the model and the calibration text. */
  public Compressor keeping(List<Path> files) {
    kept = List.copyOf(files);
    return this;
  }

  /** Asked whether to stop, all the time. */
  public Compressor stopping(StopRequest request) {
    stop = request;
    return this;
  }

  /**
   * Lets {@link #run} take from, and add to, what compressions of the same model have in common;
   * the report's seconds of the stages calibrate and profile are then those that the shared work
   * took when it was done.
   */
  public Compressor sharing(@Nullable SharedWork work) {
    shared = work;
    return this;
  }

  /**
   * Whether the folder of this compression's own work stays when it is done, until the caller
   * removes it: the same call finds the result in it.
   */
  public Compressor keepingWork(boolean keeps) {
    keepsWork = keeps;
    return this;
  }

  /**
   * Has {@link #run}'s calibration, profiles and factorisations done by others. Backward passes,
   * models of several stacks, the plan and the output stay with this process.
   *
   * @param others null for this process alone
   */
  public Compressor with(@Nullable Crew others) {
    crew = others;
    return this;
  }

  /**
   * Sets how many bytes of hidden states {@link #plan} may hold in memory; more are kept in a file.
   * What runs to an output keeps all of them in files, to go on from.
   */
  public Compressor memory(long bytes) {
    memory = bytes;
    return this;
  }

  /**
   * Refuses what settings and shapes alone show to be impossible; reads no text and no weights.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public void checkSettings() throws CompotException {
    var preflight = preflight();
    try (ModelSource checkpoint = Preflight.open(model, edits)) {
      preflight.selection(Architecture.of(checkpoint), checkpoint);
    }
  }

  /**
   * Between which sizes a budget may be searched for; reads no text and no weights.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public Reach reach() throws CompotException {
    try (ModelSource checkpoint = Preflight.open(model, edits)) {
      return preflight().selection(Architecture.of(checkpoint), checkpoint).reach();
    }
  }

  /**
   * Windows of the calibration text that {@link #run} does not calibrate on, spread over it.
   *
   * @param most windows
   * @throws CompotException where there are fewer than two, or the text is not acceptable
   */
  public TokenWindows aside(int most) throws CompotException {
    try (ModelSource checkpoint = Preflight.open(model, edits)) {
      return preflight().aside(checkpoint, most);
    }
  }

  /**
   * Refuses all that {@link #run} would refuse before its work, and leaves nothing behind:
   * settings, shapes, calibration text, the place of the output, unfinished work of other settings,
   * free space, memory for the largest problem, and, by reading every weight once, damaged weights.
   *
   * @param output where {@link #run} will put it; null to leave its place unchecked
   * @param force whether an existing one may be replaced
   * @throws CompotException as {@link #run} would throw it
   */
  public void check(@Nullable Path output, boolean force) throws CompotException {
    var preflight = preflight();
    Path place = output == null ? null : OutputFolder.place(output);
    if (output != null && place != null) {
      OutputReport.requireApart(model, settings, kept, output);
      OutputFolder.requireFree(output, force || WorkFolder.left(place));
    }
    try (ModelSource checkpoint = Preflight.open(model, edits);
        WorkFolder work = place == null ? WorkFolder.temporary() : WorkFolder.take(place)) {
      var texts = new LinkedHashMap<Path, String>();
      CheckedInputs job = checked(preflight, checkpoint, work, texts, begun());
      if (place != null && (WorkFolder.left(place) || resume == Resume.REQUIRED)) {
        Map<String, String> inputs = OutputReport.inputs(texts, checkpoint);
        work.requireResumable(WORK, RunFingerprint.of(inputs, settings, job), resume);
      }
    }
  }

  private CheckedInputs checked(
      Preflight preflight,
      ModelSource checkpoint,
      WorkFolder work,
      Map<Path, String> texts,
      Run run)
      throws CompotException {
    try (var _ = run.stage("check", 0)) {
      return preflight.job(checkpoint, computation.of(checkpoint), work, texts);
    }
  }

  /**
   * What would be done.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public Plan plan() throws CompotException {
    var preflight = preflight();
    try (ModelSource checkpoint = Preflight.open(model, edits);
        var work = WorkFolder.temporary()) {
      CheckedInputs job = preflight.planJob(checkpoint, computation.of(checkpoint), memory, work);
      var preparation = preparation(begun());
      return preparation.plan(job, preparation.forPlan(job, work), work);
    }
  }

  /**
   * What {@link #run} would take, for a plan of the same settings. Measures how fast this machine
   * is now.
   */
  public Expectation expect(Plan plan) throws CompotException {
    var preflight = preflight();
    try (ModelSource checkpoint = Preflight.open(model, edits)) {
      CheckedInputs job = preflight.shapesJob(checkpoint, computation.of(checkpoint));
      return Expectations.of(job, plan, MachineSpeed.measure());
    }
  }

  /**
   * The most bytes of disk that a search takes which makes models of about this size; reads no
   * weights.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public long searchBytes() throws CompotException {
    try (ModelSource checkpoint = Preflight.open(model, edits)) {
      return DiskNeeds.ofSearch(preflight().shapesJob(checkpoint, computation.of(checkpoint)))
          .bytes();
    }
  }

  private Preflight preflight() {
    return new Preflight(settings, sizes == null);
  }

  private Preparation preparation(Run run) {
    return new Preparation(settings, run, sizes, null);
  }

  private Run begun() {
    return new Run(listener, stop, memory);
  }

  /**
   * Does it. With {@link #sharing shared work}, the folder of this compression's own work stays,
   * and the same call finds the result in it, until the caller removes it.
   *
   * @param output folder that appears whole or not at all
   * @param force whether an existing one is replaced
   * @throws CompotException where an input is not acceptable, found before any work, or the work
   *     fails
   */
  public CompressionReport run(Path output, boolean force) throws CompotException {
    try (var watch = new MemoryWatch()) {
      return run(output, force, new Run(watch.noting(listener), stop, memory), watch);
    }
  }

  private CompressionReport run(Path output, boolean force, Run run, MemoryWatch watch)
      throws CompotException {
    var preflight = preflight();
    Path place = OutputFolder.place(output);
    OutputReport.requireApart(model, settings, kept, output);
    OutputFolder.requireFree(output, force || WorkFolder.left(place));
    try (ModelSource checkpoint = Preflight.open(model, edits);
        WorkFolder work = WorkFolder.take(place)) {
      OutputFolder.restore(work.path(), place);
      var texts = new LinkedHashMap<Path, String>();
      CheckedInputs job = checked(preflight, checkpoint, work, texts, run);
      Map<String, String> inputs = OutputReport.inputs(texts, checkpoint);
      work.begin(WORK, RunFingerprint.of(inputs, settings, job), resume);
      var finished = FinishedRun.find(work);
      if (finished.isPresent()) {
        done(work);
        return finished.get();
      }
      OutputFolder.requireFree(output, force);
      CrewJob others = others(job, run);
      var preparation = new Preparation(settings, run, sizes, others);
      Groundwork ground =
          shared == null || job.samples() == null
              ? preparation.own(job, work)
              : preparation.shared(job, inputs, shared, work);
      Plan plan = preparation.plan(job, ground, work);
      ground.reportSharedSeconds(run);
      var blocks = new BlockWork(job, plan, settings, work, ground, others);
      List<LayerReport> layers = blocks.run(run);
      Map<String, Path> files = new LinkedHashMap<>(blocks.factorFiles());
      if (!plan.tables().isEmpty()) {
        try (var stage = run.stage("embeddings", 0)) {
          files.putAll(TableWork.run(checkpoint, plan.tables(), work, stage));
        }
      }
      tellDamaged(work, run);
      try (OutputFolder folder = OutputFolder.within(work.path(), output, force)) {
        try (var stage = run.stage("write", plan.model().after() / 8)) {
          SideFileNotice.tell(checkpoint, run::tell);
          new PackedOutput(checkpoint, plan)
              .write(folder, files, settings.general().shardSize(), stage);
        }
        var report =
            new OutputReport(model, settings, job.samples(), job.type(), texts, inputs)
                .commit(folder, work, plan, layers, run, watch);
        done(work);
        return report;
      }
    }
  }

  private @Nullable CrewJob others(CheckedInputs job, Run run) {
    if (crew == null) {
      return null;
    }
    if (job.architecture().stacks().size() > 1 || !edits.isEmpty()) {
      run.tell(
          new Progress.Notice(
              "all of it is done here: others do not take models of several stacks"));
      return null;
    }
    return new CrewJob(crew, Premises.of(model, job.type()));
  }

  private void done(WorkFolder work) throws FailureException {
    if (!keepsWork && shared == null) {
      work.delete();
    }
  }

  private static void tellDamaged(WorkFolder work, Run run) {
    if (!work.damaged().isEmpty()) {
      run.tell(
          new Progress.Notice(
              "not what it was when it was recorded, and so done again: "
                  + String.join(", ", work.damaged())));
    }
  }
}
