package io.compot;

import io.compot.checkpoint.ProtectedPaths;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.evaluation.Perplexity;
import io.compot.export.ExportFormat;
import io.compot.guard.GuardedCompressor;
import io.compot.journal.Resume;
import io.compot.method.CompressionMethod;
import io.compot.method.structured.StructuredMethod;
import io.compot.pipeline.Compressor;
import io.compot.pipeline.pass.SharedWork;
import io.compot.pipeline.prune.StructuredCompressor;
import io.compot.pipeline.task.Crew;
import io.compot.plan.Expectation;
import io.compot.plan.FileFit;
import io.compot.plan.Plan;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.recipe.Budget;
import io.compot.recipe.Chain;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.ProjectionOverride;
import io.compot.recipe.Recipe;
import io.compot.recipe.SaidSettings;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import io.compot.setting.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One compression of one checkpoint; its settings have the command's defaults.
 *
 * <pre>{@code
 * CompressionReport report =
 *     Compression.of(model).ratio(0.2).calibration(text).output(smaller).run();
 * }</pre>
 */
public final class Compression {

  private final Path model;
  private final SaidSettings said;
  private Computation computation = Computation.AUTO;
  private long memory = Compressor.DEFAULT_MEMORY;
  private @Nullable Path output;
  private boolean force;
  private List<Path> kept = List.of();
  private @Nullable SharedWork shared;
  private Resume resume = Resume.AUTO;
  private StopRequest stop = StopRequest.never();
  private ProgressListener listener = ProgressListener.none();
  private @Nullable Destination destination;
  private boolean keepsWork;
  private @Nullable Crew crew;
  private @Nullable Path original;
  private List<Integer> keptBlocks = List.of();

  private Compression(Path model, SaidSettings said) {
    this.model = model;
    this.said = said;
  }

  /** A compression of the checkpoint in a folder. */
  public static Compression of(Path model) {
    return new Compression(model, new SaidSettings());
  }

  /**
   * Takes every setting that a recipe has a key for (docs/recipes.md); what is set after this
   * overrides the recipe.
   *
   * @throws CompotException naming the file, the line and the key that is unknown or makes no sense
   */
  public Compression recipe(Path file) throws CompotException {
    Optional<String> dtype = Recipe.read(file, said);
    if (dtype.isPresent()) {
      computation = Computation.named(dtype.get());
    }
    return this;
  }

  /**
   * Says any setting by its name, as options and recipes have it: {@code set("momentum", 0.5)}.
   * What the method or the allocation does not have is refused, with what it has, when the settings
   * are used.
   */
  public Compression set(String name, Object value) {
    said.say(name, value.toString());
    return this;
  }

  /**
   * A first look in little time: less calibration text and fewer rounds ({@link
   * SaidSettings#QUICK}), where nothing else is said of them.
   */
  public Compression quick() {
    said.quick();
    return this;
  }

  /**
   * A method with its settings, of this project or of one's own: {@code
   * CompotMethod.paper().withMomentum(0.5)}.
   */
  public Compression method(CompressionMethod method) {
    said.method(method);
    return this;
  }

  /**
   * Leaves out settings that the method and the allocation do not have, in place of refusing them:
   * for comparisons, where one set of settings is said for several methods.
   */
  public Compression forgiving() {
    said.forgive();
    return this;
  }

  /**
   * A method by its name ({@link io.compot.recipe.Methods#all}), with its paper's settings; default
   * "compot".
   */
  public Compression method(String name) {
    said.say("method", name);
    return this;
  }

  /**
   * How the bits that are left are split over the projections: "auto" (default) is what suits the
   * method, else one of {@link io.compot.recipe.Allocations#all}.
   */
  public Compression allocation(String name) {
    said.say("allocation", name);
    return this;
  }

  /**
   * What the result is for: only what that program's format holds competes, and the output is
   * written in it. Default: Compot, which runs everything packed.
   */
  public Compression destination(Destination program) {
    destination = program;
    return this;
  }

  /** Fraction of bits to remove from the chosen projections, in (0, 1); default 0.2. */
  public Compression ratio(double value) {
    said.say("ratio", Double.toString(value));
    return this;
  }

  /** Calibration text: UTF-8 files, or rows of JSON (lines, an array) or parquet. */
  public Compression calibration(Path... files) {
    said.calibration(List.of(files), Map.of());
    return this;
  }

  /** The field of a row that holds its text; default "text". */
  public Compression field(String name) {
    said.say("field", name);
    return this;
  }

  /** Calibration windows; default 256. */
  public Compression samples(int windows) {
    said.say("samples", Integer.toString(windows));
    return this;
  }

  /** As many calibration windows as the text gives. */
  public Compression allSamples() {
    said.say("samples", Kind.AUTO);
    return this;
  }

  /** Tokens a calibration window; default 1024, or the model's maximum if that is less. */
  public Compression length(int tokens) {
    said.say("length", Integer.toString(tokens));
    return this;
  }

  /** Seed of the choice of windows and of random initialisation; default 42. */
  public Compression seed(long value) {
    said.say("seed", Long.toString(value));
    return this;
  }

  /**
   * Compresses only projections that match one of these patterns: {@code *} stands for anything,
   * and a pattern may match any part of the name that begins and ends at a dot, e.g. {@code
   * down_proj} or {@code layers.0.*}.
   */
  public Compression include(String... patterns) {
    said.say("include", String.join(",", patterns));
    return this;
  }

  /** Leaves projections that match one of these patterns dense. */
  public Compression exclude(String... patterns) {
    said.say("exclude", String.join(",", patterns));
    return this;
  }

  /**
   * What holds for single projections in place of the general settings: of several that match one,
   * the last that says something of a setting decides it.
   */
  public Compression overrides(ProjectionOverride... inOrder) {
    said.overrides(List.of(inOrder));
    return this;
  }

  /** Element type of the calibration forward passes. */
  public Compression computation(Computation type) {
    computation = type;
    return this;
  }

  /** Most bytes of an output file; default 5 GB. */
  public Compression shardSize(long bytes) {
    said.say("shard-size", Long.toString(bytes));
    return this;
  }

  /** Where the smaller checkpoint goes; needed by {@link #run()}. */
  public Compression output(Path folder) {
    output = folder;
    return this;
  }

  /**
   * Most bytes of the calibration text's hidden states that {@link #plan()} holds in memory; more
   * are kept in a file. The default is 1 GiB. {@link #run()} keeps all of them in files beside the
   * output, to go on from.
   */
  public Compression memory(long bytes) {
    memory = bytes;
    return this;
  }

  /** Whether an existing output is replaced; default false. */
  public Compression force(boolean replace) {
    force = replace;
    return this;
  }

  /**
   * Files that the output may not replace or hold, beside those that every compression leaves alone
   * (the model, the calibration text, the home folder).
   */
  public Compression keeping(Path... files) {
    kept = List.of(files);
    return this;
  }

  /**
   * What becomes of work on the same output that an earlier process has not finished; default auto:
   * it is resumed where there is any.
   */
  public Compression resume(Resume choice) {
    resume = choice;
    return this;
  }

  /**
   * Who is asked, between batches and projections, whether to stop; {@link #run()} then ends with a
   * {@link io.compot.error.StoppedException}, and the same call goes on later.
   */
  public Compression stop(StopRequest request) {
    stop = request;
    return this;
  }

  /** Who hears of progress. */
  public Compression listener(ProgressListener watcher) {
    listener = watcher;
    return this;
  }

  /**
   * Has others do the parts of {@link #run()} that do not hang together, with the same bytes; null
   * for this process alone, which is the default. Plans, and methods that take parts out of the
   * whole model, stay with this process.
   */
  public Compression crew(@Nullable Crew others) {
    crew = others;
    return this;
  }

  /** Shares work with other compressions of the same model; the bytes stay the same. */
  public Compression sharing(SharedWork work) {
    shared = work;
    return this;
  }

  /**
   * Refuses what can be known to fail from the settings and the model's shapes alone; takes no
   * time.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public void checkSettings() throws CompotException {
    if (hasSteps()) {
      chain().checkSettings();
      return;
    }
    CompressionSettings settings = checkable();
    if (isStructured(settings)) {
      structured(settings).checkSettings();
      return;
    }
    compressor(settings).checkSettings();
  }

  /**
   * Refuses everything that {@link #run()} would refuse before its work: settings, shapes,
   * calibration text, the output's place (if one is set), unfinished work of other settings, space,
   * memory for the largest projection, damaged weights. Each weight is read once; nothing is left
   * behind. For those who have other long work to do first: {@link #run()} checks all this itself.
   *
   * @throws CompotException as {@link #run()} would throw it
   */
  public void check() throws CompotException {
    if (hasSteps()) {
      if (output == null) {
        chain().checkSettings();
      } else {
        chain().check(output, force);
      }
      return;
    }
    CompressionSettings checked = checkable();
    if (isStructured(checked)) {
      if (output == null) {
        structured(checked).checkSettings();
      } else {
        structured(checked).check(output, force);
      }
      return;
    }
    if (destination != null && output != null) {
      destination.format(model, said).check(model, output, force);
      compressor(checkable()).check(null, force);
      return;
    }
    compressor(checkable()).check(settings().budget().isSearched() ? null : output, force);
  }

  /**
   * What {@link #run()} would do, layer by layer, without doing it; needs no output, and
   * calibration only where the allocation looks at activations.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public Plan plan() throws CompotException {
    if (hasSteps()) {
      throw new UsageException(
          "a plan is of one step: what a later one is given is not there yet; leave the steps out");
    }
    if (isStructured(settings())) {
      throw new UsageException(
          "what %s takes out is found while it works; run compress, whose report tells"
              .formatted(settings().method().name()));
    }
    return compressor().plan();
  }

  /**
   * What {@link #run()} would take of time, memory and disk, about, on this machine as busy as it
   * is now; tenths of a second where a plan is there.
   *
   * @param plan of the same settings
   */
  public Expectation expect(Plan plan) throws CompotException {
    return compressor().expect(plan);
  }

  /**
   * Does it. The output folder appears whole or not at all.
   *
   * @throws CompotException where an input is not acceptable, found before any work, or the work
   *     fails
   */
  public CompressionReport run() throws CompotException {
    Path folder = output;
    if (folder == null) {
      throw new UsageException("there is no output; name the folder for the smaller checkpoint");
    }
    if (destination == null) {
      return run(folder, force);
    }
    destination.restrict(said);
    ExportFormat format = destination.format(model, said);
    format.check(model, folder, force);
    Path packed = Destination.packed(folder);
    CompressionReport report = run(packed, true);
    Destination.write(format, packed, folder, force, listener);
    return report;
  }

  private CompressionReport run(Path folder, boolean replace) throws CompotException {
    if (hasSteps()) {
      return chain().run(folder, replace);
    }
    CompressionSettings settings = settings();
    if (isStructured(settings)) {
      return structured(settings).run(folder, replace);
    }
    if (!settings.budget().isSearched()) {
      return compressor().run(folder, replace);
    }
    ProtectedPaths.of(model)
        .and("the calibration text", settings.calibration())
        .and("the guard text", settings.general().guard().map(Path::of).stream().toList())
        .and("a file in use,", kept)
        .requireApart(folder);
    try (var search =
        new GuardedCompressor(
            model,
            settings,
            computation::over,
            each -> compressor(each, null).resuming(Resume.AUTO),
            listener,
            stop,
            folder)) {
      return search.run(folder, replace, resume);
    }
  }

  /**
   * Adds to the output's report what the compression cost: the perplexities of one text, measured
   * by one protocol before and after {@link #run()}. Report, page and model card are replaced, each
   * whole.
   *
   * @param report what {@link #run()} gave
   * @return the report with the perplexities
   * @throws CompotException where there is no output, or it cannot be written
   */
  public CompressionReport measured(CompressionReport report, Perplexity before, Perplexity after)
      throws CompotException {
    return measured(report, before, after, null, null);
  }

  /**
   * The same with how both go on with a text.
   *
   * @param original the original's; null where that is not known
   * @param smaller the output's, of the same prompt; null where that is not known
   */
  public CompressionReport measured(
      CompressionReport report,
      Perplexity before,
      Perplexity after,
      @Nullable TextSample original,
      @Nullable TextSample smaller)
      throws CompotException {
    Path folder = output;
    if (folder == null) {
      throw new UsageException("there is no output; name the folder of the smaller checkpoint");
    }
    CompressionReport whole = MeasuredReport.of(report, before, after, original, smaller);
    ReportFiles.replace(folder, whole, model);
    return whole;
  }

  private Compressor compressor() throws CompotException {
    return compressor(settings());
  }

  private CompressionSettings checkable() throws UsageException {
    return GuardedCompressor.checkable(settings());
  }

  /** For a step that heals: the original, and the numbers of the blocks that are left of it. */
  Compression healing(Path whole, List<Integer> blocks) {
    original = whole;
    keptBlocks = List.copyOf(blocks);
    return this;
  }

  private boolean hasSteps() throws UsageException {
    if (!said.steps().isEmpty() && destination != null) {
      throw new UsageException(
          "--for is for a recipe of one step without steps; leave it out, and export what comes out");
    }
    return !said.steps().isEmpty();
  }

  private StepChain chain() throws UsageException {
    return new StepChain(
        model,
        Chain.of(said),
        (each, own) -> {
          var step = new Compression(each, own);
          step.computation = computation;
          step.memory = memory;
          step.stop = stop;
          step.listener = listener;
          step.keepsWork = true;
          step.crew = crew;
          return step;
        },
        listener,
        resume,
        kept);
  }

  private boolean isStructured(CompressionSettings settings) throws UsageException {
    boolean structured = settings.method() instanceof StructuredMethod;
    if (structured && destination != null) {
      throw new UsageException(
          "%s leaves dense weights, which are exported as any model's are: leave --for out"
              .formatted(settings.method().name()));
    }
    return structured;
  }

  private StructuredCompressor structured(CompressionSettings settings) {
    return new StructuredCompressor(model, settings, computation::over, listener)
        .healing(original, keptBlocks)
        .keepingWork(keepsWork || shared != null)
        .keeping(kept)
        .resuming(resume)
        .stopping(stop);
  }

  private Compressor compressor(CompressionSettings settings) throws CompotException {
    return compressor(settings, sizes(settings));
  }

  private FileFit.@Nullable Bytes sizes(CompressionSettings settings) throws CompotException {
    boolean asked =
        settings.budget() instanceof Budget.FileSize
            || settings.budget() instanceof Budget.FilePart;
    return destination == null || !asked ? null : destination.sizes(model, said);
  }

  private Compressor compressor(CompressionSettings settings, FileFit.@Nullable Bytes sizes) {
    return new Compressor(model, settings, computation::over, listener)
        .sizing(sizes)
        .sharing(shared)
        .with(crew)
        .keepingWork(keepsWork)
        .memory(memory)
        .keeping(kept)
        .resuming(resume)
        .stopping(stop);
  }

  /**
   * The settings as they stand.
   *
   * @throws UsageException naming the setting that is unknown, out of bounds, or not had by the
   *     method or the allocation
   */
  public CompressionSettings settings() throws UsageException {
    if (destination != null) {
      destination.restrict(said);
    }
    return said.settings();
  }

  /** Whether {@link #quick()} was asked for. */
  public boolean isQuick() {
    return said.isQuick();
  }

  /** What was said beside the names of method and allocation, by setting, as it was said. */
  public Map<String, String> said() {
    return said.said();
  }
}
