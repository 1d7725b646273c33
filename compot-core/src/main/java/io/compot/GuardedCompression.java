package io.compot;

import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.file.Durable;
import io.compot.file.Sha256;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.WeightLoader;
import io.compot.pipeline.Compressor;
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
import io.compot.result.Versions;
import io.compot.search.SizeSearch;
import io.compot.tensor.NativeLibraries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A compression whose size is searched for: models of several sizes are really made, from one
 * profile and one set of Gram matrices, and measured on text that nothing was fitted to; the
 * smallest that holds the limit is the output. All of it lies in the work folder, so that it goes
 * on where it was stopped.
 */
final class GuardedCompression implements AutoCloseable {

  /** Windows that a model is measured on at most. */
  private static final int WINDOWS = 64;

  private static final String ORIGINAL = "original";
  private static final Set<String> LIMITS = Set.of("max-kl", "max-rise");

  /** Gives the compression of these settings. */
  @FunctionalInterface
  interface Making {
    Compressor of(CompressionSettings settings);
  }

  private final Path model;
  private final CompressionSettings settings;
  private final Computation computation;
  private final Making making;
  private final ProgressListener listener;
  private final StopRequest stop;
  private final WorkFolder work;

  /** Candidates and what they share; beside the work folder, which holds no outputs. */
  private final Path place;

  private final List<SearchReport.Tried> tried = new ArrayList<>();

  GuardedCompression(
      Path model,
      CompressionSettings settings,
      Computation computation,
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
    Path target = OutputFolder.place(output);
    this.work = WorkFolder.take(target);
    this.place = target.resolveSibling("." + target.getFileName() + ".compot-search");
  }

  /**
   * Searches, and puts what it found in its place.
   *
   * @throws CompotException where an input is not acceptable, the limit cannot be reached, the work
   *     fails, or it was stopped
   */
  CompressionReport run(Path output, boolean force, Resume resume) throws CompotException {
    OutputFolder.restore(work.path(), work.target());
    OutputFolder.requireFree(output, force);
    work.begin("search", fingerprint(), resume);
    if (work.find(ORIGINAL, SearchReport.Tried.class).isEmpty()) {
      remove(place); // nobody said that anything in it was whole
    }
    try (var shared = SharedWork.in(place.resolve("shared"));
        HeldOut text = heldOut()) {
      var original = original(text);
      Reach reach = making.of(at(standIn())).reach();
      double bits =
          new SizeSearch(
                  limitName(),
                  limit(),
                  reach.smallestBits() / (double) reach.weights(),
                  0.999 * reach.denseBits() / reach.weights())
              .find(each -> trial(each, shared, text, original));
      Path found = folder(bits);
      CompressionReport report = making.of(at(bits)).sharing(shared).run(found, true);
      report = report.with(told(bits, original, text));
      try (OutputFolder folder = OutputFolder.within(work.path(), output, force)) {
        move(found, folder.path());
        ReportFiles.replace(folder.path(), report, model);
        folder.commit();
      }
      remove(place);
      work.delete();
      return report;
    }
  }

  /** Any size: what is asked of it does not depend on that. */
  static double standIn() {
    return 1;
  }

  private CompressionSettings at(double bits) {
    return settings.at(bits);
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

  private double lost(SearchReport.Tried made, SearchReport.Tried original) {
    return settings.budget() instanceof Budget.MostRise
        ? made.perplexity() / original.perplexity() - 1
        : made.klDivergence();
  }

  private SearchReport told(double bits, SearchReport.Tried original, HeldOut text) {
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

  private SearchReport.Tried original(HeldOut text) throws CompotException {
    var known = work.find(ORIGINAL, SearchReport.Tried.class);
    if (known.isPresent()) {
      return known.get();
    }
    var measured = tried(0, 0, text.measureOriginal(listener, stop));
    work.note(ORIGINAL, measured);
    return measured;
  }

  private double trial(double bits, SharedWork shared, HeldOut text, SearchReport.Tried original)
      throws CompotException {
    stop.check();
    String name = "tried-" + bits;
    var known = work.find(name, SearchReport.Tried.class);
    SearchReport.Tried measured;
    if (known.isPresent()) {
      measured = known.get();
    } else {
      var report = making.of(at(bits)).sharing(shared).run(folder(bits), true);
      try (Model made = Model.load(folder(bits), computation)) {
        measured =
            tried(bits, report.bits().model().after() / 8, made.measure(text, listener, stop));
      }
      work.note(name, measured);
    }
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
    removeAllBut(best(original));
    return lost;
  }

  /** The smallest that holds, of those tried; else the last, which may be gone. */
  private double best(SearchReport.Tried original) {
    return tried.stream()
        .filter(each -> lost(each, original) <= limit())
        .mapToDouble(SearchReport.Tried::bits)
        .min()
        .orElse(tried.getLast().bits());
  }

  private static SearchReport.Tried tried(double bits, long bytes, HeldOutReport report) {
    return new SearchReport.Tried(
        bits, bytes, Math.max(0, report.klDivergence()), report.perplexity());
  }

  private Path folder(double bits) {
    return place.resolve("candidate-" + bits);
  }

  private void removeAllBut(double bits) throws FailureException {
    for (SearchReport.Tried each : tried) {
      if (each.bits() != bits) {
        remove(folder(each.bits()));
        remove(WorkFolder.beside(folder(each.bits())));
      }
    }
  }

  private static void remove(Path tree) throws FailureException {
    try {
      Durable.deleteTree(tree, null);
    } catch (IOException e) {
      throw new FailureException(
          tree + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }

  /** By renaming, on one disk. */
  private static void move(Path from, Path to) throws FailureException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path each : files.toList()) {
        Files.move(each, to.resolve(String.valueOf(each.getFileName())));
      }
    } catch (IOException e) {
      throw new FailureException(
          to + ": cannot be filled (" + e.getMessage() + "); check permissions", e);
    }
  }

  private HeldOut heldOut() throws CompotException {
    Path states = place.resolve("original-states.safetensors");
    var guard = settings.general().guard();
    if (guard.isPresent()) {
      var text = new HeldOutText(Path.of(guard.get()), OptionalInt.empty(), WINDOWS);
      return Model.heldOut(model, computation, text, states, listener, stop);
    }
    TokenWindows aside = making.of(at(standIn())).aside(WINDOWS);
    NativeLibraries.load();
    ModelSource opened = Checkpoint.open(model);
    boolean begun = false;
    try {
      HeldOut heldOut =
          HeldOut.of(
              Architecture.of(opened),
              WeightLoader.of(opened, computation.over(opened)),
              opened::close,
              aside.windows().stream().flatMapToLong(LongStream::of).toArray(),
              aside.length(),
              aside.count(),
              states,
              listener,
              stop);
      begun = true;
      return heldOut;
    } finally {
      if (!begun) {
        opened.close();
      }
    }
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
    try (ModelSource opened = Checkpoint.open(model)) {
      inputs.putAll(opened.digests());
    }
    Map<String, String> all = new LinkedHashMap<>();
    settings.described().forEach((name, value) -> all.put(name, value.toString()));
    // Another limit finds the models that were tried for this one.
    all.keySet().removeAll(LIMITS);
    all.put("overrides", Recipe.overrides(settings).toString());
    all.put("method's settings", settings.method().toString());
    all.put("computation", computation.toString());
    all.putAll(Versions.deciding());
    return new Fingerprint(inputs, all);
  }

  @Override
  public void close() throws FailureException {
    work.close();
  }
}
