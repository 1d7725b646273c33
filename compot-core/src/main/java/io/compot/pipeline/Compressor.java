package io.compot.pipeline;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.ProfileFact;
import io.compot.allocation.ProjectionProfile;
import io.compot.calibration.GramStore;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.WeightSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.method.CompotPlusMethod;
import io.compot.method.CompressionMethod;
import io.compot.model.Architecture;
import io.compot.progress.ProgressListener;
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
   * Sets how many bytes of hidden states may be in memory; more are kept in a file. The output is
   * the same.
   */
  public Compressor memory(long bytes) {
    memory = bytes;
    return this;
  }

  /**
   * Refuses what settings and shapes alone show to be impossible.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public void check() throws CompotException {
    CompressionMethod method = MethodChoice.of(settings);
    BudgetAllocator allocator = AllocationChoice.of(settings);
    try (Checkpoint checkpoint = open()) {
      requireSense(
          method, allocator, Selection.of(Architecture.of(checkpoint), checkpoint, settings));
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
      Path spill =
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "compot-hidden-states-%d-%d"
                  .formatted(ProcessHandle.current().pid(), System.nanoTime()));
      var job = new Job(architecture, checkpoint, selection, windows, computation.of(checkpoint));
      try (var metrics =
          windows == null
              ? null
              : metrics(method, spill.resolveSibling(spill.getFileName() + "-metrics"))) {
        var rises = metrics == null ? null : rises(job, method, metrics);
        return plan(job, method, allocator, rises, new ProfileCache(), null, spill);
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
      Path spill)
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
            job.architecture(),
            job.checkpoint(),
            allocator.needs(),
            settings.seed(),
            cache,
            grams,
            memory);
    TokenWindows needed =
        AllocationChoice.needsGram(allocator, job.selection().needsGram()) ? job.windows() : null;
    var profiles = profiler.profiles(free, needed, job.type(), spill, listener, seconds);
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
        job.selection().chosen().stream()
            .filter(each -> goesBackward(each.method()))
            .toList();
    return new DamagePass(job.architecture(), job.checkpoint(), plus, settings.seed(), memory)
        .profiles(own, job.windows(), job.type(), metrics, listener, seconds);
  }

  /** A place for output metrics, where the method has a use for them. */
  private static @Nullable OutputMetrics metrics(CompressionMethod method, Path folder)
      throws CompotException {
    return goesBackward(method) ? OutputMetrics.in(folder) : null;
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
          .run(output, force, watch);
    }
  }

  private CompressionReport run(Path output, boolean force, MemoryWatch watch)
      throws CompotException {
    CompressionMethod method = MethodChoice.of(settings);
    BudgetAllocator allocator = AllocationChoice.of(settings);
    try (Checkpoint checkpoint = open();
        OutputFolder folder = OutputFolder.create(output, force)) {
      Architecture architecture = Architecture.of(checkpoint);
      var selection = Selection.of(architecture, checkpoint, settings);
      requireSense(method, allocator, selection);
      Dtype type = computation.of(checkpoint);
      var texts = new LinkedHashMap<Path, String>();
      TokenWindows windows = check(checkpoint, architecture, selection, type, folder, texts);
      Map<String, String> inputs = inputs(texts, checkpoint);
      Path spill = folder.path().resolve("hidden-states.tmp");
      var job = new Job(architecture, checkpoint, selection, windows, type);
      Plan plan;
      List<LayerReport> layers;
      try (var ground = groundwork(job, method, allocator, inputs, folder.path())) {
        plan = plan(job, method, allocator, ground.rises(), ground.cache(), ground.grams(), spill);
        ground.tell(seconds);
        try (var work =
            new BlockWork(
                architecture,
                checkpoint,
                plan,
                selection,
                settings,
                folder.path(),
                ground.metrics(),
                ground.grams(),
                memory)) {
          layers = work.run(windows, type, listener, seconds);
          try (var stage = new Stage("write", plan.model().after() / 8, listener, seconds)) {
            new PackedOutput(checkpoint, plan)
                .write(folder, work.factorFiles(), settings.shardSize(), stage);
          }
        }
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
              new CompressionReport.Run(seconds, watch.peakByStage(), watch.peak()));
      String recipe = Recipe.effectiveText(settings, windows, type, texts);
      folder.write(Recipe.NAME, recipe.getBytes(StandardCharsets.UTF_8));
      for (var file : ReportFiles.of(report, model).entrySet()) {
        folder.write(file.getKey(), file.getValue());
      }
      folder.commit();
      return report;
    }
  }

  /** Does, or finds done, what comes before the budget is split. */
  private Groundwork groundwork(
      Job job,
      CompressionMethod method,
      BudgetAllocator allocator,
      Map<String, String> inputs,
      Path folder)
      throws CompotException {
    OutputMetrics own = shared == null ? metrics(method, folder.resolve("metrics")) : null;
    if (shared == null || job.windows() == null) {
      return Groundwork.own(own == null ? null : rises(job, method, own), own);
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
      return Groundwork.shared(damage, cache, filled(shared.grams(key), job, folder));
    }
    return Groundwork.shared(null, cache, filled(shared.grams(key), job, folder));
  }

  private GramStore filled(GramStore store, Job job, Path folder) throws CompotException {
    if (store.completed().isEmpty()) {
      var wanted = job.selection().chosen().stream().map(Candidate::name);
      var pass =
          new BlockPass(
              job.architecture(),
              job.checkpoint(),
              wanted.collect(Collectors.toSet()),
              null,
              memory);
      TokenWindows windows = Objects.requireNonNull(job.windows());
      try (var stage = new Stage("calibrate", pass.units(windows), listener, seconds)) {
        pass.fill(store, windows, job.type(), folder.resolve("hidden-states.tmp"), stage);
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
      OutputFolder folder,
      Map<Path, String> texts)
      throws CompotException {
    try (var _ = new Stage("check", 0, listener, seconds)) {
      TokenWindows windows =
          settings.calibration().isEmpty()
              ? null
              : CalibrationText.windows(checkpoint, architecture.contextLength(), settings, texts);
      long spilled =
          windows == null
              ? 0
              : HiddenStates.bytes(
                  windows.count(), windows.length(), architecture.hiddenSize(), type);
      if (MethodChoice.of(settings).throughPrefix()) {
        // Of two models.
        spilled *= 2;
      }
      if (settings.method().equals("compot+")) {
        // States before each block; metrics from one pass to the other.
        spilled *= (architecture.layers() + 2L) / 2;
        spilled += selection.chosen().stream().mapToLong(c -> OutputMetrics.bytes(c.out())).sum();
      }
      // Factors lie there twice for a moment: each in its own file, and in the output.
      folder.requireSpace(
          (selection.mostModelBits() + selection.mostFactorBits()) / 8 + spilled + SMALL_FILES);
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
