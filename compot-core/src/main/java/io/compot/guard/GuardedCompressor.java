package io.compot.guard;

import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.file.Sha256;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.Compressor;
import io.compot.pipeline.Compressor.TypeChoice;
import io.compot.pipeline.pass.SharedWork;
import io.compot.plan.Reach;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.recipe.Budget;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.Recipe;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import io.compot.result.SearchReport;
import io.compot.result.SearchReport.Tried;
import io.compot.result.Versions;
import io.compot.search.SizeSearch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * A compression whose size is searched for: models of several sizes are really made, from one
 * profile and one set of Gram matrices, and measured on text that nothing was fitted to; the
 * smallest that holds the limit is the output. All of it lies beside the output, so that it goes on
 * where it was stopped.
 */
public final class GuardedCompressor implements AutoCloseable {

  /** Windows that a model is measured on at most. */
  private static final int WINDOWS = 64;

  /** Any size: what is asked of it does not depend on that. */
  private static final double STAND_IN = 1;

  private static final Set<String> LIMITS = Set.of("max-kl", "max-rise");

  /** Gives the compression of these settings. */
  @FunctionalInterface
  public interface Making {
    /** Not yet sharing anything. */
    Compressor of(CompressionSettings settings);
  }

  private final Path model;
  private final CompressionSettings settings;
  private final TypeChoice computation;
  private final Making making;
  private final ProgressListener listener;
  private final StopRequest stop;
  private final WorkFolder work;
  private final Candidates candidates;
  private final List<Tried> tried = new ArrayList<>();

  /**
   * Takes hold of the output's work folder.
   *
   * @param settings whose budget is searched for
   * @throws CompotException where another process works on the same output
   */
  public GuardedCompressor(
      Path model,
      CompressionSettings settings,
      TypeChoice computation,
      Making making,
      ProgressListener listener,
      StopRequest stop,
      Path output)
      throws CompotException {
    this.model = model;
    this.settings = settings;
    this.computation = computation;
    this.making = making;
    this.listener = listener;
    this.stop = stop;
    this.work = WorkFolder.take(OutputFolder.place(output));
    this.candidates = new Candidates(work, computation, listener, stop);
  }

  /** Settings of a size that stands for all, where it is searched for; else as they are. */
  public static CompressionSettings checkable(CompressionSettings settings) {
    return settings.budget().isSearched() ? settings.at(STAND_IN) : settings;
  }

  /**
   * Searches, and puts what it found in its place.
   *
   * @throws CompotException where an input is not acceptable, the limit cannot be reached, the work
   *     fails, or it was stopped
   */
  public CompressionReport run(Path output, boolean force, Resume resume) throws CompotException {
    OutputFolder.restore(work.path(), work.target());
    OutputFolder.requireFree(output, force);
    work.begin("search", fingerprint(), resume);
    candidates.begin();
    try (var shared = SharedWork.in(candidates.shared());
        HeldOut text = heldOut()) {
      SizeSearch search = search();
      // Larger models, should it come to them, ask for their room themselves.
      candidates.requireSpace(making.of(settings.at(search.first())).searchBytes());
      Tried original = candidates.original(text);
      double bits = search.find(each -> trial(each, shared, text, original));
      CompressionReport report = make(bits, shared, candidates.folder(bits));
      report = report.with(told(bits, original, text));
      try (OutputFolder folder = OutputFolder.within(work.path(), output, force)) {
        candidates.move(bits, folder.path());
        ReportFiles.replace(folder.path(), report, model);
        folder.commit();
      }
      candidates.removeAll();
      work.delete();
      return report;
    }
  }

  private SizeSearch search() throws CompotException {
    Reach reach = making.of(checkable(settings)).reach();
    return new SizeSearch(
        limitName(),
        limit(),
        reach.smallestBits() / (double) reach.weights(),
        0.999 * reach.denseBits() / reach.weights());
  }

  private CompressionReport make(double bits, SharedWork shared, Path folder)
      throws CompotException {
    return making.of(settings.at(bits)).sharing(shared).run(folder, true);
  }

  private double trial(double bits, SharedWork shared, HeldOut text, Tried original)
      throws CompotException {
    Tried measured = candidates.tried(bits, folder -> make(bits, shared, folder), text);
    tried.add(measured);
    double lost = lost(measured, original);
    listener.on(
        new Progress.Notice(
            "%s %.4g: with %.4g bits a weight it is %.4g (perplexity %.4g, the original's %.4g)"
                .formatted(
                    limitName(),
                    limit(),
                    bits,
                    lost,
                    measured.perplexity(),
                    original.perplexity())));
    double best = best(original);
    for (Tried each : tried) {
      if (each.bits() != best) {
        candidates.remove(each.bits());
      }
    }
    return lost;
  }

  /** The smallest that holds, of those tried; else the last, which may be gone. */
  private double best(Tried original) {
    return tried.stream()
        .filter(each -> lost(each, original) <= limit())
        .mapToDouble(Tried::bits)
        .min()
        .orElse(tried.getLast().bits());
  }

  private String limitName() {
    return settings.budget() instanceof Budget.MostRise ? "max-rise" : "max-kl";
  }

  private double limit() {
    return switch (settings.budget()) {
      case Budget.MostDivergence(double nats) -> nats;
      case Budget.MostRise(double part) -> part;
      default -> throw new IllegalStateException("nothing is searched for");
    };
  }

  private double lost(Tried made, Tried original) {
    return settings.budget() instanceof Budget.MostRise
        ? made.perplexity() / original.perplexity() - 1
        : made.klDivergence();
  }

  private SearchReport told(double bits, Tried original, HeldOut text) {
    var found = tried.stream().filter(each -> each.bits() == bits).findFirst().orElseThrow();
    return new SearchReport(
        limitName(),
        limit(),
        lost(found, original),
        settings
            .general()
            .guard()
            .map(file -> String.valueOf(Path.of(file).getFileName()))
            .orElse("the calibration text's windows that were not calibrated on"),
        text.windows(),
        text.window(),
        original.perplexity(),
        bits,
        tried);
  }

  private HeldOut heldOut() throws CompotException {
    Path states = candidates.states();
    var guard = settings.general().guard();
    if (guard.isPresent()) {
      var text = new HeldOutText(Path.of(guard.get()), OptionalInt.empty(), WINDOWS);
      return HeldOutOriginal.of(model, computation, text, states, listener, stop);
    }
    TokenWindows aside = making.of(checkable(settings)).aside(WINDOWS);
    long[] tokens = aside.windows().stream().flatMapToLong(LongStream::of).toArray();
    return HeldOutOriginal.open(
        model,
        computation,
        (_, _) -> new HeldOutOriginal.Tokens(tokens, aside.length(), aside.count()),
        states,
        listener,
        stop);
  }

  private Fingerprint fingerprint() throws CompotException {
    Map<String, String> inputs = new LinkedHashMap<>();
    List<Path> texts = new ArrayList<>(settings.calibration());
    settings.general().guard().map(Path::of).ifPresent(texts::add);
    for (Path text : texts) {
      try {
        inputs.put(text.toString(), Sha256.of(text));
      } catch (IOException e) {
        throw InputException.in(text, "cannot be read (" + e.getMessage() + ")", "check the path");
      }
    }
    Map<String, String> all = new LinkedHashMap<>();
    settings.described().forEach((name, value) -> all.put(name, value.toString()));
    // Another limit finds the models that were tried for this one.
    all.keySet().removeAll(LIMITS);
    all.put("overrides", Recipe.overrides(settings).toString());
    all.put("method's settings", settings.method().toString());
    try (ModelSource opened = Checkpoint.open(model)) {
      inputs.putAll(opened.digests());
      all.put("computation", computation.of(opened).toString());
    }
    all.putAll(Versions.deciding());
    return new Fingerprint(inputs, all);
  }

  @Override
  public void close() throws FailureException {
    work.close();
  }
}
