package io.compot;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.evaluation.Perplexity;
import io.compot.journal.Resume;
import io.compot.pipeline.Compressor;
import io.compot.pipeline.pass.SharedWork;
import io.compot.plan.Plan;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.ProjectionOverride;
import io.compot.recipe.Recipe;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
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
  private final Draft draft = new Draft();
  private Computation computation = Computation.AUTO;
  private long memory = Compressor.DEFAULT_MEMORY;
  private @Nullable Path output;
  private boolean force;
  private @Nullable SharedWork shared;
  private Resume resume = Resume.AUTO;
  private StopRequest stop = StopRequest.never();
  private ProgressListener listener = ProgressListener.none();

  private Compression(Path model) {
    this.model = model;
  }

  /** A compression of the checkpoint in a folder. */
  public static Compression of(Path model) {
    return new Compression(model);
  }

  /**
   * Takes every setting that a recipe has a key for (docs/recipes.md); what is set after this
   * overrides the recipe.
   *
   * @throws CompotException naming the file, the line and the key that is unknown or makes no sense
   */
  public Compression recipe(Path file) throws CompotException {
    Recipe recipe = Recipe.read(file, new Recipe(settings(), computation.toString()));
    draft.take(recipe.settings());
    computation = Computation.named(recipe.dtype());
    return this;
  }

  /**
   * "compot" (default), "compot+" (ours, no paper's), "compot+lite" (the same without a backward
   * pass), "svd", "svd-llm", "svd-llm-v2", "asvd", "cospadi" or "rocket", each with its paper's
   * settings; CoSpaDi by its fast variant, which reaches the paper's error in less time.
   */
  public Compression method(String name) {
    draft.method = name;
    return this;
  }

  /**
   * How the bits that are left are split over the projections: "auto" (default) is "damage" for
   * compot+ and "uniform" for all others; "pooled", "svd-llm-v2" or "knapsack".
   */
  public Compression allocation(String name) {
    draft.allocation = name;
    return this;
  }

  /**
   * Which projections share a pool in the pooled allocation: "all" (default), "kind",
   * "shared-input" or "none".
   */
  public Compression scope(String name) {
    draft.scope = name;
    return this;
  }

  /** Fraction of bits to remove from the chosen projections, in (0, 1); default 0.2. */
  public Compression ratio(double value) {
    draft.ratio = value;
    return this;
  }

  /**
   * The least fraction of bits to remove from each projection, in [0, 1); default 0, at which an
   * allocation may leave projections as they are.
   */
  public Compression minRatio(double value) {
    draft.minRatio = value;
    return this;
  }

  /** The most to remove from each projection, in (0, 1]; default: the allocation's own guard. */
  public Compression maxRatio(double value) {
    draft.maxRatio = OptionalDouble.of(value);
    return this;
  }

  /** Calibration text: UTF-8 files, or JSON lines where the name ends in {@code .jsonl}. */
  public Compression calibration(Path... files) {
    draft.calibration = List.of(files);
    draft.digests = Map.of();
    return this;
  }

  /** The field of a JSON line that holds its text; default "text". */
  public Compression field(String name) {
    draft.field = name;
    return this;
  }

  /** Calibration windows; default 256. */
  public Compression samples(int windows) {
    draft.samples = OptionalInt.of(windows);
    return this;
  }

  /** As many calibration windows as the text gives. */
  public Compression allSamples() {
    draft.samples = OptionalInt.empty();
    return this;
  }

  /** Tokens a calibration window; default 1024, or the model's maximum if that is less. */
  public Compression length(int tokens) {
    draft.length = OptionalInt.of(tokens);
    return this;
  }

  /** Seed of the choice of windows and of random initialisation; default 42. */
  public Compression seed(long value) {
    draft.seed = value;
    return this;
  }

  /**
   * Compresses only projections that match one of these patterns: {@code *} stands for anything,
   * and a pattern may match any part of the name that begins and ends at a dot, e.g. {@code
   * down_proj} or {@code layers.0.*}.
   */
  public Compression include(String... patterns) {
    draft.include = List.of(patterns);
    return this;
  }

  /** Leaves projections that match one of these patterns dense. */
  public Compression exclude(String... patterns) {
    draft.exclude = List.of(patterns);
    return this;
  }

  /**
   * What holds for single projections in place of the general settings: of several that match one,
   * the last that says something of a setting decides it.
   */
  public Compression overrides(ProjectionOverride... inOrder) {
    draft.overrides = List.of(inOrder);
    return this;
  }

  /** ρ = k/s of sparse codes, atoms for each nonzero of a row, at least 1; default 2. */
  public Compression atomsPerNonzero(double value) {
    draft.rho = value;
    return this;
  }

  /** Rounds of COMPOT (default 20) or CoSpaDi (default 80) at most. */
  public Compression iterations(int rounds) {
    draft.iterations = OptionalInt.of(rounds);
    return this;
  }

  /** First dictionary: "svd" (default) or "random". */
  public Compression init(String name) {
    draft.init = name;
    return this;
  }

  /** Stops a projection when a round lowers its relative error by less; default: never. */
  public Compression tolerance(double value) {
    draft.tolerance = OptionalDouble.of(value);
    return this;
  }

  /**
   * β of the dictionary update's momentum; default 0, the paper's algorithm. 0.5 needs about a
   * third of the rounds for the same error.
   */
  public Compression momentum(double beta) {
    draft.momentum = beta;
    return this;
  }

  /**
   * "sequential" compresses front to back and updates SVD-LLM's left factors in closed form for the
   * inputs that the compressed prefix gives; default "none".
   */
  public Compression update(String name) {
    draft.update = name;
    return this;
  }

  /** Element type of the calibration forward passes. */
  public Compression computation(Computation type) {
    computation = type;
    return this;
  }

  /** Most bytes of an output file; default 5 GB. */
  public Compression shardSize(long bytes) {
    draft.shardSize = bytes;
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
   * What becomes of work on the same output that an earlier process has not finished; default auto:
   * it is gone on with where there is any.
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
    compressor().checkSettings();
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
    compressor().check(output, force);
  }

  /**
   * What {@link #run()} would do, layer by layer, without doing it; needs no output, and
   * calibration only where the allocation looks at activations.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public Plan plan() throws CompotException {
    return compressor().plan();
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
    return compressor().run(folder, force);
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
    Path folder = output;
    if (folder == null) {
      throw new UsageException("there is no output; name the folder of the smaller checkpoint");
    }
    String text = after.protocol().text();
    String name = String.valueOf(Path.of(text).getFileName());
    String protocol = after.protocol().toString().replace(text, name);
    CompressionReport whole =
        report.with(
            new CompressionReport.PerplexityChange(name, before.value(), after.value(), protocol));
    ReportFiles.replace(folder, whole, model);
    return whole;
  }

  private Compressor compressor() {
    return new Compressor(model, settings(), computation::over, listener)
        .sharing(shared)
        .memory(memory)
        .resuming(resume)
        .stopping(stop);
  }

  /** The settings as they stand. */
  public CompressionSettings settings() {
    return draft.settings();
  }
}
