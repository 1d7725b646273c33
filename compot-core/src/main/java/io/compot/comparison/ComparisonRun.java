package io.compot.comparison;

import io.compot.Compression;
import io.compot.Model;
import io.compot.ModelSummary;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.file.Durable;
import io.compot.file.FolderLock;
import io.compot.file.Sha256;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.pass.SharedWork;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.result.CompressionReport;
import io.compot.result.Versions;
import io.compot.tensor.NativeLibraries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes and measures every cell of a comparison, one after another: calibration once for each
 * model, the original measured once, each compressed model removed when it has been measured. A
 * comparison that was stopped goes on where it was.
 */
public final class ComparisonRun {

  private static final String CELL = "cell-";

  private final ComparisonSettings settings;
  private final Path folder;
  private final ProgressListener listener;
  private final StopRequest stop;
  private final Watcher watcher;
  private final List<String> refused = new ArrayList<>();
  private Facts facts = Facts.none();

  /** Hears of results as they come. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * The results so far, at the start and after each cell.
     *
     * @param done cells and models found that have their result
     * @param of all of them
     */
    void results(ComparisonResults results, int done, int of) throws CompotException;
  }

  /**
   * A comparison.
   *
   * @param folder for its results: a new one, an empty one, or one of the same comparison
   */
  public ComparisonRun(
      ComparisonSettings settings,
      Path folder,
      ProgressListener listener,
      StopRequest stop,
      Watcher watcher) {
    this.settings = settings;
    this.folder = folder;
    this.listener = listener;
    this.stop = stop;
    this.watcher = watcher;
  }

  /**
   * Does what is missing.
   *
   * @return all results
   * @throws CompotException where an input is not acceptable, the folder is taken or of another
   *     comparison, the work fails, or it was stopped
   */
  public ComparisonResults run() throws CompotException {
    settings.check();
    NativeLibraries.load();
    for (ComparedModel model : settings.models()) {
      ProtectedPaths.of(model.folder())
          .and("the calibration text", model.calibration())
          .and("the held-out text", List.of(model.heldOut()))
          .and("the model", model.also())
          .requireApart(folder);
    }
    prepare();
    try (var lock = FolderLock.take(folder, folder);
        var journal = ResultsJournal.open(folder)) {
      facts = Facts.of(settings);
      journal.require(facts.deciding());
      tell(journal);
      for (ComparedModel model : settings.models()) {
        List<Cell> missing =
            settings.of(model).stream().filter(cell -> !journal.holds(cell)).toList();
        List<Path> found =
            model.also().stream().filter(file -> !journal.holds(model, file)).toList();
        if (!missing.isEmpty() || !found.isEmpty()) {
          compare(model, missing, found, journal);
        }
      }
      lock.remove();
      if (!refused.isEmpty()) {
        throw new UsageException(
            "%d of the rows cannot be made, the others are in %s: %s"
                .formatted(refused.size(), folder, String.join("; ", refused)));
      }
      return results(journal);
    } catch (IOException e) {
      throw failed(folder, e);
    }
  }

  private void prepare() throws CompotException {
    try {
      Files.createDirectories(folder);
      if (!Files.exists(folder.resolve(ResultsJournal.NAME))) {
        try (Stream<Path> there = Files.list(folder)) {
          if (there.anyMatch(file -> !file.endsWith(FolderLock.NAME))) {
            throw new UsageException(
                folder
                    + ": the output folder is not empty and holds no comparison; choose another, or remove it first");
          }
        }
      }
    } catch (IOException e) {
      throw failed(folder, e);
    }
  }

  private void compare(
      ComparedModel model, List<Cell> missing, List<Path> found, ResultsJournal journal)
      throws CompotException {
    Path work = folder.resolve("work-" + model.name());
    clean(work);
    var shared = SharedWork.in(work);
    boolean done = false;
    try (var original = ComparedOriginal.of(model, settings, work, journal, listener, stop)) {
      for (Cell cell : missing) {
        stop.check();
        try {
          compare(model, cell, shared, original, work, journal);
        } catch (UsageException e) {
          // What one method cannot do says nothing of the others.
          refused.add(cell + ": " + e.getMessage());
        }
      }
      for (Path file : found) {
        stop.check();
        compare(model, file, original, journal);
      }
      done = true;
    } finally {
      if (done) {
        shared.delete();
      } else {
        shared.close();
      }
    }
  }

  /** What a process that was stopped left goes, but for what can be resumed. */
  private static void clean(Path work) throws FailureException {
    if (Files.exists(work)) {
      try (Stream<Path> left = Files.list(work)) {
        for (Path each : left.toList()) {
          if (!WorkFolder.isOne(each)
              && !each.getFileName().toString().startsWith(CELL)
              && !each.endsWith(ComparedOriginal.STATES)) {
            removeTree(each);
          }
        }
      } catch (IOException e) {
        throw failed(work, e);
      }
    }
  }

  private void compare(
      ComparedModel model,
      Cell cell,
      SharedWork shared,
      ComparedOriginal original,
      Path work,
      ResultsJournal journal)
      throws CompotException {
    Compression compression = settings.compression(model, cell);
    // A name that tells everything, so that no other's unfinished work is taken for this one's.
    String key =
        Sha256.key(
            compression.settings().described(),
            compression.settings().overrides(),
            settings.computation(),
            Versions.deciding());
    Path output = work.resolve(CELL + key);
    CompressionReport report =
        compression.output(output).force(true).listener(listener).sharing(shared).stop(stop).run();
    StoredSize size = StoredSize.of(output);
    size.require(report.bits().model().after(), cell);
    MeasuredModel found = measured(output, original, cell + ", " + key, journal);
    if (!journal.holdsOriginal(model.name())) {
      journal.add(MeasuredRow.original(model, original, MeasuredRow.bits(report)));
    }
    journal.add(MeasuredRow.of(cell, report, size, found, original.report()));
    removeTree(output);
    removeTree(WorkFolder.beside(output));
    tell(journal);
  }

  /** Measures a model that was there before. */
  private void compare(
      ComparedModel model, Path file, ComparedOriginal original, ResultsJournal journal)
      throws CompotException {
    double bits = FoundModel.bits(ModelSummary.of(model.folder()));
    FoundModel there = FoundModel.of(file, bits);
    MeasuredModel found = measured(file, original, model.name() + ": " + file, journal);
    if (!journal.holdsOriginal(model.name())) {
      journal.add(MeasuredRow.original(model, original, bits));
    }
    journal.add(MeasuredRow.of(model, file, there, found, original.report()));
    tell(journal);
  }

  private MeasuredModel measured(
      Path folder, ComparedOriginal original, String key, ResultsJournal journal)
      throws CompotException {
    try (Model model = Model.load(folder, settings.computation())) {
      return MeasuredModel.of(
          model, original, settings.tasks(), journal.tasks(key), listener, stop);
    }
  }

  private void tell(ResultsJournal journal) throws CompotException {
    int done = (int) settings.cells().stream().filter(journal::holds).count();
    int of = settings.cells().size();
    for (ComparedModel model : settings.models()) {
      of += model.also().size();
      done += (int) model.also().stream().filter(file -> journal.holds(model, file)).count();
    }
    watcher.results(results(journal), done, of);
  }

  private ComparisonResults results(ResultsJournal journal) {
    return ComparisonResults.of(settings, facts, journal);
  }

  private static void removeTree(Path root) throws FailureException {
    try {
      Durable.deleteTree(root, null);
    } catch (IOException e) {
      throw failed(root, e);
    }
  }

  private static FailureException failed(Path file, IOException e) {
    return new FailureException(
        "%s: the comparison cannot be written (%s); check space and permissions"
            .formatted(file, e.getMessage()),
        e);
  }
}
