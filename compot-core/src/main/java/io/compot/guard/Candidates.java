package io.compot.guard;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.file.Durable;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.pipeline.Compressor.TypeChoice;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.result.CompressionReport;
import io.compot.result.SearchReport.Tried;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Models of several sizes, made on the way to the one that is looked for: their folders beside the
 * output, and what they were measured at in the work folder's journal.
 */
final class Candidates {

  private static final String ORIGINAL = "original";

  private final WorkFolder work;
  private final Path place;
  private final TypeChoice computation;
  private final ProgressListener listener;
  private final StopRequest stop;

  Candidates(WorkFolder work, TypeChoice computation, ProgressListener listener, StopRequest stop) {
    this.work = work;
    // Beside the work folder, which holds no outputs.
    this.place = work.target().resolveSibling("." + work.target().getFileName() + ".compot-search");
    this.computation = computation;
    this.listener = listener;
    this.stop = stop;
  }

  /** Removes what nobody said was whole. */
  void begin() throws CompotException {
    if (work.find(ORIGINAL, Tried.class).isEmpty()) {
      removeAll();
    }
  }

  /**
   * Checks that the disk has room for all that a search writes, less what is there already.
   *
   * @throws FailureException saying how much is needed and how much there is
   */
  void requireSpace(long bytes) throws FailureException {
    long there = 0;
    if (Files.isDirectory(place)) {
      try (Stream<Path> all = Files.walk(place)) {
        there = all.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
      } catch (IOException e) {
        throw new FailureException(
            place + ": cannot be read (" + e.getMessage() + "); check permissions", e);
      }
    }
    OutputFolder.requireSpace(work.path(), work.target(), Math.max(0, bytes - there));
  }

  /** Where what all of them share lies. */
  Path shared() {
    return place.resolve("shared");
  }

  /** The file of the original's hidden states. */
  Path states() {
    return place.resolve("original-states.safetensors");
  }

  /** The folder of the model of a size. */
  Path folder(double bits) {
    return place.resolve("candidate-" + bits);
  }

  /** What the original is on the text; measured once. */
  Tried original(HeldOut text) throws CompotException {
    Optional<Tried> known = work.find(ORIGINAL, Tried.class);
    if (known.isPresent()) {
      return known.get();
    }
    Tried measured = tried(0, 0, text.measureOriginal(listener, stop));
    work.note(ORIGINAL, measured);
    return measured;
  }

  /** Makes the model of a size. */
  @FunctionalInterface
  interface Maker {
    CompressionReport into(Path folder) throws CompotException;
  }

  /** What the model of a size is on the text; made and measured once. */
  Tried tried(double bits, Maker maker, HeldOut text) throws CompotException {
    stop.check();
    String name = "tried-" + bits;
    Optional<Tried> known = work.find(name, Tried.class);
    if (known.isPresent()) {
      return known.get();
    }
    CompressionReport report = maker.into(folder(bits));
    Tried measured = tried(bits, report.bits().model().after() / 8, measure(folder(bits), text));
    work.note(name, measured);
    return measured;
  }

  private HeldOutReport measure(Path folder, HeldOut text) throws CompotException {
    try (ModelSource opened = Checkpoint.open(folder);
        CausalModel model =
            CausalModel.load(
                Architecture.of(opened), WeightLoader.of(opened, computation.of(opened)))) {
      return text.measure(model, listener, stop);
    }
  }

  private static Tried tried(double bits, long bytes, HeldOutReport report) {
    return new Tried(bits, bytes, Math.max(0, report.klDivergence()), report.perplexity());
  }

  /** Removes a model and unfinished work on it. */
  void remove(double bits) throws FailureException {
    remove(folder(bits));
    remove(WorkFolder.beside(folder(bits)));
  }

  /** Removes all of them, and what they share. */
  void removeAll() throws FailureException {
    remove(place);
  }

  /** Moves the files of the model of a size into a folder on the same disk, by renaming. */
  void move(double bits, Path to) throws FailureException {
    try (Stream<Path> files = Files.list(folder(bits))) {
      for (Path each : files.toList()) {
        Files.move(each, to.resolve(String.valueOf(each.getFileName())));
      }
    } catch (IOException e) {
      throw new FailureException(
          to + ": cannot be filled (" + e.getMessage() + "); check permissions", e);
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
}
