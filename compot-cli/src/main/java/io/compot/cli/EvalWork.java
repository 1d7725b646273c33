package io.compot.cli;

import io.compot.error.CompotException;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Figures of {@code eval} as they are finished, in a hidden folder beside the results file, so that
 * the same command goes on where one ended early. Without a results file nothing is kept.
 */
final class EvalWork implements FinishedTasks, AutoCloseable {

  /** A task's figures, as one object. */
  private record Figures(List<Measurement> figures) {}

  /** Something that takes long. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws CompotException;
  }

  private final @Nullable WorkFolder folder;
  private final ProgressListener listener;

  private EvalWork(@Nullable WorkFolder folder, ProgressListener listener) {
    this.folder = folder;
    this.listener = listener;
  }

  /** Keeps nothing. */
  static EvalWork unkept(ProgressListener listener) {
    return new EvalWork(null, listener);
  }

  /**
   * Keeps figures beside a results file, or resumes with what is there.
   *
   * @throws CompotException where what is there is of another model, text or request, or somebody
   *     is at work on it
   */
  static EvalWork beside(
      Path results, Fingerprint fingerprint, Resume resume, ProgressListener listener)
      throws CompotException {
    WorkFolder folder = WorkFolder.take(results.toAbsolutePath());
    boolean begun = false;
    try {
      folder.begin("eval", fingerprint, resume);
      begun = true;
      return new EvalWork(folder, listener);
    } finally {
      if (!begun) {
        folder.close();
      }
    }
  }

  /** What was measured before under this name, or else now. */
  <T> T once(String name, Class<T> type, Work<T> work) throws CompotException {
    if (folder == null) {
      return work.run();
    }
    Optional<T> before = folder.find(name, type);
    if (before.isPresent()) {
      said(name);
      return before.get();
    }
    T result = work.run();
    folder.note(name, result);
    return result;
  }

  @Override
  public List<Measurement> find(String task) throws CompotException {
    if (folder == null) {
      return List.of();
    }
    Optional<Figures> before = folder.find("task " + task, Figures.class);
    before.ifPresent(_ -> said(task));
    return before.map(Figures::figures).orElse(List.of());
  }

  @Override
  public void keep(String task, List<Measurement> figures) throws CompotException {
    if (folder != null) {
      folder.note("task " + task, new Figures(figures));
    }
  }

  private void said(String name) {
    listener.on(new Progress.Notice(name + ": measured before"));
  }

  /** Throws everything away: the results file stands. */
  void done() throws CompotException {
    if (folder != null) {
      folder.delete();
    }
  }

  @Override
  public void close() throws CompotException {
    if (folder != null) {
      folder.close();
    }
  }
}
