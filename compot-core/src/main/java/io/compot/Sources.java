package io.compot;

import io.compot.checkpoint.ProtectedPaths;
import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.List;

/** What work reads, so that no result takes its place. */
public final class Sources {

  private final ProtectedPaths paths;

  private Sources(ProtectedPaths paths) {
    this.paths = paths;
  }

  /** Files alone. */
  public static Sources of(List<Path> files) {
    return new Sources(new ProtectedPaths(List.of())).and("the file", files);
  }

  /** The files of a model. */
  public static Sources of(Path model) {
    return new Sources(ProtectedPaths.of(model));
  }

  /**
   * These and files.
   *
   * @param what they are, for messages, e.g. "the text"
   */
  public Sources and(String what, List<Path> files) {
    return new Sources(paths.and(what, files));
  }

  /** These and the files of another model. */
  public Sources and(Path model) {
    return new Sources(paths.and(ProtectedPaths.of(model)));
  }

  /**
   * Refuses a file for results that is one of these.
   *
   * @throws UsageException naming which
   */
  public void requireNot(Path result) throws UsageException {
    paths.requireOther(result);
  }
}
