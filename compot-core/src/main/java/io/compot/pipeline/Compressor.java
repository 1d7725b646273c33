package io.compot.pipeline;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.ProfileFact;
import io.compot.allocation.ProjectionProfile;
import io.compot.calibration.GramStore;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.StateStore;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.WeightSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.method.CompotPlusMethod;
import io.compot.method.CompressionMethod;
import io.compot.model.Architecture;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compresses a checkpoint: everything that can be checked is checked first, then block by block the
 * inputs are observed, the weights factorised and the factors written, then the new checkpoint is
 * put together. Memory holds one block, its Gram matrices and the hidden states.
 */
public final class Compressor {

  /** Room for report, configuration, tokenizer and headers. */
  static final long SMALL_FILES = 64L << 20;

  /** Bytes of hidden states that are kept in memory unless told otherwise. */
  public static final long DEFAULT_MEMORY = 1L << 30;

  /** Chooses the element type of the calibration passes. */
  @FunctionalInterface
  public interface TypeChoice {
    /** The type to compute in, for a model of these weights. */
    Dtype of(WeightSource weights) throws InputException;
  }

  private final Path model;
  private final CompressionSettings settings;
  private final TypeChoice computation;
  private final ProgressListener listener;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private Resume resume = Resume.AUTO;
  private StopRequest stop = StopRequest.never();
  private @Nullable SharedWork shared;
  private long memory = DEFAULT_MEMORY;

  /** A compression of the checkpoint in a folder. */
  public Compressor(
      Path model, CompressionSettings settings, TypeChoice computation, ProgressListener listener) {
    this.model = model;
    this.settings = settings;
    this.computation = computation;
    this.listener = listener;
  }

  /** What becomes of unfinished work on the same output; default auto. */
  public Compressor resuming(Resume choice) {
    resume = choice;
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
    CompressionMethod method = MethodChoice.of(settings);
    BudgetAllocator allocator = AllocationChoice.of(settings);
    try (Checkpoint checkpoint = open()) {
      requireSense(
          method, allocator, Selection.of(Architecture.of(checkpoint), checkpoint, settings));
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
    CompressionMethod method = MethodChoice.of(settings);
    BudgetAllocator allocator = AllocationChoice.of(settings);
    Path place = output == null ? null : OutputFolder.place(output);
    if (output != null && place != null) {
      OutputFolder.requireFree(output, force || WorkFolder.left(place));
    }
    try (Checkpoint checkpoint = open();
        WorkFolder work = place == null ? WorkFolder.temporary() : WorkFolder.take(place)) {
      Architecture architecture = Architecture.of(checkpoint);
      var selection = Selection.of(architecture, checkpoint, settings);
      requireSense(method, allocator, selection);
      Dtype type = computation.of(checkpoint);
      var texts = new LinkedHashMap<Path, String>();
      TokenWindows windows = check(checkpoint, architecture, selection, type, work, texts);
      if (place != null && (WorkFolder.left(place) || resume == Resume.REQUIRED)) {
        Map<String, String> inputs = inputs(texts, checkpoint);
        work.requireResumable(
            "compress", RunFingerprint.of(inputs, windows, settings, method, type), resume);
      }
    }
  }

  /**
   * What would be done.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public Plan plan() throws CompotException {
    CompressionMethod method = MethodChoice.of(settings);
    BudgetAllocator allocator = AllocationChoice.of(settings);
    try (Checkpoint checkpoint = open()) {
      Architecture architecture = Architecture.of(checkpoint);
      var selection = Selection.of(architecture, checkpoint, settings);
      boolean calibrated = AllocationChoice.needsGram(allocator, selection.needsGram());
      requireText(calibrated, allocationNeed(allocator));
      TokenWindows windows = null;
      if (calibrated) {
        windows =
            CalibrationText.windows(
                checkpoint, architecture.contextLength(), settings, new LinkedHashMap<>());
      }
      if (!allocator.needs().isEmpty()) {
        requireFinite(checkpoint);
      }
      var job = new Job(architecture, checkpoint, selection, windows, computation.of(checkpoint));
      try (var work = WorkFolder.temporary()) {
        var rises = windows == null ? null : rises(job, method, new OutputMetrics(work));
        return plan(job, method, allocator, rises, new ProfileCache(), null, work);
      }
    }
  }

  /** What there is to work on. */
  private record Job(
      Architecture architecture,
      Checkpoint checkpoint,
      Selection selection,
      @Nullable TokenWindows windows,
      Dtype type) {}

  private Plan plan(
      Job job,
      CompressionMethod method,
      BudgetAllocator allocator,
      @Nullable List<ProjectionProfile> rises,
      ProfileCache cache,
      @Nullable GramStore grams,
      WorkFolder work)
      throws CompotException {
    List<Candidate> free = job.selection().free();
    if (rises != null && allocator.needs().contains(ProfileFact.LOSS_RISE)) {
      Set<String> names = free.stream().map(Candidate::name).collect(Collectors.toSet());
      return job.selection()
          .plan(
              method.name(),
              allocator,
              rises.stream().filter(rise -> names.contains(rise.name())).toList());
    }
    var profiler =
        new Profiler(
            job.architecture(), job.checkpoint(), allocator.needs(), settings.seed(), cache, grams);
    TokenWindows needed =
        AllocationChoice.needsGram(allocator, job.selection().needsGram()) ? job.windows() : null;
    var states = new StateStore(work, "profile", memory);
    var profiles = profiler.profiles(free, needed, job.type(), states, listener, stop, seconds);
    return job.selection().plan(method.name(), allocator, profiles);
  }

  /** The backward pass, for the method that has a use for it. */
  private @Nullable List<ProjectionProfile> rises(
      Job job, CompressionMethod method, OutputMetrics metrics) throws CompotException {
    if (!(method instanceof CompotPlusMethod plus)
        || !plus.wantsOutputMetric()
        || job.windows() == null) {
      return null;
    }
    List<Candidate> own =
        job.selection().chosen().stream().filter(each -> goesBackward(each.method())).toList();
    return new DamagePass(job.architecture(), job.checkpoint(), plus, settings.seed(), memory)
        .profiles(own, job.windows(), job.type(), metrics, listener, stop, seconds);
  }

  private static boolean goesBackward(CompressionMethod method) {
    return method instanceof CompotPlusMethod plus && plus.wantsOutputMetric();
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
      return new Compressor(model, settings, computation, watch.noting(listener))
          .sharing(shared)
          .memory(memory)
          .resuming(resume)
          .stopping(stop)
          .run(output, force, watch);
    }
  }

  private CompressionReport run(Path output, boolean force, MemoryWatch watch)
      throws CompotException {
    CompressionMethod method = MethodChoice.of(settings);
    BudgetAllocator allocator = AllocationChoice.of(settings);
    Path place = OutputFolder.place(output);
    OutputFolder.requireFree(output, force || WorkFolder.left(place));
    try (Checkpoint checkpoint = open();
        WorkFolder work = WorkFolder.take(place)) {
      OutputFolder.restore(work.path(), place);
      Architecture architecture = Architecture.of(checkpoint);
      var selection = Selection.of(architecture, checkpoint, settings);
      requireSense(method, allocator, selection);
      Dtype type = computation.of(checkpoint);
      var texts = new LinkedHashMap<Path, String>();
      TokenWindows windows = check(checkpoint, architecture, selection, type, work, texts);
      Map<String, String> inputs = inputs(texts, checkpoint);
      work.begin("compress", RunFingerprint.of(inputs, windows, settings, method, type), resume);
      var finished = FinishedRun.find(work);
      if (finished.isPresent()) {
        work.delete();
        return finished.get();
      }
      OutputFolder.requireFree(output, force);
      var job = new Job(architecture, checkpoint, selection, windows, type);
      var ground = groundwork(job, method, allocator, inputs, work);
      Plan plan =
          plan(job, method, allocator, ground.rises(), ground.cache(), ground.grams(), work);
      ground.tell(seconds);
      var blocks =
          new BlockWork(
              architecture,
              checkpoint,
              plan,
              selection,
              settings,
              work,
              ground.metrics(),
              ground.grams());
      List<LayerReport> layers = blocks.run(windows, type, listener, stop, seconds);
      tellDamaged(work);
      try (OutputFolder folder = OutputFolder.within(work.path(), output, force)) {
        try (var stage = new Stage("write", plan.model().after() / 8, listener, stop, seconds)) {
          new PackedOutput(checkpoint, plan)
              .write(folder, blocks.factorFiles(), settings.shardSize(), stage);
        }
        var report =
            new CompressionReport(
                plan,
                plan.method(),
                plan.allocation(),
                plan.notes(),
                new CompressionReport.Ratio(settings.ratio(), plan.compressed().removed()),
                new CompressionReport.Bits(
                    plan.compressed(), plan.model(), Reports.parts(plan, layers)),
                null,
                layers,
                Reports.dense(plan),
                Reports.settings(model, method, settings, windows, type),
                inputs,
                Versions.all(),
                new CompressionReport.Run(
                    seconds, watch.peakByStage(), watch.peak(), work.seconds()));
        String recipe = Recipe.effectiveText(settings, windows, type, texts);
        folder.write(Recipe.NAME, recipe.getBytes(StandardCharsets.UTF_8));
        Map<String, byte[]> files = ReportFiles.of(report, model);
        for (var file : files.entrySet()) {
          folder.write(file.getKey(), file.getValue());
        }
        FinishedRun.note(work, plan, Objects.requireNonNull(files.get(ReportFiles.JSON_NAME)));
        folder.commit();
        work.delete();
        return report;
      }
    }
  }

  private void tellDamaged(WorkFolder work) {
    if (!work.damaged().isEmpty()) {
      listener.on(
          new Progress.Notice(
              "not what it was when it was recorded, and so done again: "
                  + String.join(", ", work.damaged())));
    }
  }

  /** Does, or finds done, what comes before the budget is split. */
  private Groundwork groundwork(
      Job job,
      CompressionMethod method,
      BudgetAllocator allocator,
      Map<String, String> inputs,
      WorkFolder work)
      throws CompotException {
    if (shared == null || job.windows() == null) {
      var own = goesBackward(method) ? new OutputMetrics(work) : null;
      return Groundwork.own(own == null ? null : rises(job, method, own), own, work);
    }
    TokenWindows windows = job.windows();
    String key =
        SharedWork.key(
            inputs,
            windows.count(),
            windows.length(),
            settings.seed(),
            job.type(),
            settings.include(),
            settings.exclude(),
            settings.overrides());
    ProfileCache cache = shared.profiles(key);
    if (goesBackward(method)) {
      var damage =
          shared.damage(
              SharedWork.key(key, method),
              metrics -> Objects.requireNonNull(rises(job, method, metrics)));
      if (allocator.needs().contains(ProfileFact.LOSS_RISE)) {
        return Groundwork.shared(damage, cache, null);
      }
      return Groundwork.shared(damage, cache, filled(shared.grams(key), job, work));
    }
    return Groundwork.shared(null, cache, filled(shared.grams(key), job, work));
  }

  private GramStore filled(GramStore store, Job job, WorkFolder work) throws CompotException {
    if (store.completed().isEmpty()) {
      var wanted = job.selection().chosen().stream().map(Candidate::name);
      var pass =
          new BlockPass(
              job.architecture(), job.checkpoint(), wanted.collect(Collectors.toSet()), null);
      TokenWindows windows = Objects.requireNonNull(job.windows());
      try (var stage = new Stage("calibrate", pass.units(windows), listener, stop, seconds)) {
        var states = new StateStore(work, "calibrate", memory);
        pass.fill(store, windows, job.type(), states, stage);
      }
    }
    return store;
  }

  private void requireSense(
      CompressionMethod method, BudgetAllocator allocator, Selection selection)
      throws UsageException {
    boolean needed = selection.needsGram();
    requireText(
        needed, method.needsGram() ? "method " + method.name() : "a method of the overrides");
    requireText(AllocationChoice.needsGram(allocator, needed), allocationNeed(allocator));
    if (settings.shardSize() < 1) {
      throw new UsageException("shard size %d is not at least 1".formatted(settings.shardSize()));
    }
  }

  private static String allocationNeed(BudgetAllocator allocator) {
    return "allocation " + allocator.name();
  }

  private void requireText(boolean needed, String who) throws UsageException {
    if (needed && settings.calibration().isEmpty()) {
      throw new UsageException(
          "%s needs calibration text; give a text file like what the model will read, or choose method svd with allocation uniform"
              .formatted(who));
    }
  }

  private static void requireFinite(Checkpoint checkpoint) throws CompotException {
    for (String name : checkpoint.names()) {
      checkpoint.requireFinite(name);
    }
  }

  /** Everything that can be known to fail before work begins. */
  private @Nullable TokenWindows check(
      Checkpoint checkpoint,
      Architecture architecture,
      Selection selection,
      Dtype type,
      WorkFolder work,
      Map<Path, String> texts)
      throws CompotException {
    try (var _ = new Stage("check", 0, listener, stop, seconds)) {
      TokenWindows windows =
          settings.calibration().isEmpty()
              ? null
              : CalibrationText.windows(checkpoint, architecture.contextLength(), settings, texts);
      long states = 0;
      if (windows != null) {
        var shape =
            new HiddenStates.Shape(
                windows.count(), windows.length(), architecture.hiddenSize(), type);
        // Those before and behind a block lie there together for a moment, of two models if need
        // be.
        states = (MethodChoice.of(settings).throughPrefix() ? 4 : 2) * shape.bytes();
        if (settings.method().equals("compot+")) {
          // First those before each block and two gradients, with the metrics.
          states = Math.max(architecture.layers() + 3L, 4L) * shape.bytes();
          states += selection.chosen().stream().mapToLong(c -> OutputMetrics.bytes(c.out())).sum();
        }
      }
      // Factors lie there twice for a moment: each in its own file, and in the output.
      long needed =
          (selection.mostModelBits() + selection.mostFactorBits()) / 8 + states + SMALL_FILES;
      if (!work.isTemporary()) {
        OutputFolder.requireSpace(work.path(), work.target(), needed - work.bytes());
      }
      TestAllocation.of(selection.chosen(), selection.needsGram());
      requireFinite(checkpoint);
      return windows;
    }
  }

  private static Map<String, String> inputs(Map<Path, String> texts, Checkpoint checkpoint)
      throws InputException {
    var inputs = new LinkedHashMap<String, String>();
    texts.forEach((file, digest) -> inputs.put(file.getFileName().toString(), digest));
    inputs.putAll(Reports.digests(checkpoint));
    return inputs;
  }

  private Checkpoint open() throws InputException {
    Checkpoint checkpoint = Checkpoint.open(model);
    if (checkpoint.compression().isPresent()) {
      checkpoint.close();
      throw InputException.in(
          model,
          "the checkpoint is compressed already",
          "compress the original model, or export this one with --format dense first");
    }
    return checkpoint;
  }
}
