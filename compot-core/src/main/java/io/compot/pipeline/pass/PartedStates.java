package io.compot.pipeline.pass;

import io.compot.calibration.Lengths;
import io.compot.calibration.PartOfPass;
import io.compot.calibration.SampleSource;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.journal.WorkFolder;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The hidden states of a pass that others make, in one file for each of the windows' {@linkplain
 * Lengths#parts parts}, so that anybody can go on with any part.
 *
 * @param pass name of the pass, which no other of the same work has
 */
record PartedStates(WorkFolder work, String pass, Stack stack, SampleSource samples) {

  /** The parts. */
  List<Lengths.Part> parts() {
    return samples.lengths().parts();
  }

  /** Lengths of a part's windows alone. */
  Lengths lengths(int part) {
    return samples.lengths().of(parts().get(part));
  }

  private String name(String kind, int block, int part) {
    return "states/%s-%s-%d-%d".formatted(pass, kind, block, part);
  }

  /**
   * Where the states before a block lie, or will; the folder for it is made.
   *
   * @param kind which of several states at one place
   */
  Path file(String kind, int block, int part) throws FailureException {
    return work.file(name(kind, block, part)).toAbsolutePath();
  }

  /** Whether all parts' states before a block are there, as they were recorded. */
  boolean find(String kind, int block) throws CompotException {
    for (int part = 0; part < parts().size(); part++) {
      if (work.find(name(kind, block, part), Map.class).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Makes the states before the first block. */
  void first(String kind, WeightLoader loader) throws CompotException {
    List<ObjectFile.Written> written = new ArrayList<>();
    for (int part = 0; part < parts().size(); part++) {
      written.add(
          new PartOfPass(stack, loader, lengths(part))
              .first(samples, parts().get(part), file(kind, 0, part)));
    }
    made(kind, 0, written);
  }

  /** Records states that others have made. */
  void made(String kind, int block, List<? extends ObjectFile.Written> written)
      throws FailureException {
    List<WorkFolder.Made> objects = new ArrayList<>();
    for (int part = 0; part < written.size(); part++) {
      objects.add(
          new WorkFolder.Made(
              name(kind, block, part), Objects.requireNonNull(written.get(part)), Map.of()));
    }
    work.made(objects);
  }

  /** Nobody needs the states before a block any more. */
  void discard(String kind, int block) throws FailureException {
    for (int part = 0; part < parts().size(); part++) {
      discard(file(kind, block, part));
    }
  }

  /** Nobody needs a file any more. */
  static void discard(Path file) throws FailureException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new FailureException(
          file + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }
}
