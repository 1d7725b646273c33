package io.compot.pipeline;

import io.compot.calibration.GramStore;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.check.DiskNeeds;
import java.util.Locale;

/**
 * What becomes of Gram matrices that two passes need, one to split the budget and one to factorise:
 * they are kept in files between the two, or computed twice. The results are the same to the last
 * bit. A choice is recorded, so that a resumed run makes the same choice.
 *
 * @param kept whether in files
 * @param bytes of all of them
 * @param why, for people
 */
record GramChoice(boolean kept, long bytes, String why) {

  private static final String NAME = "gram matrices";

  /**
   * Operations of a forward pass that take as long as one byte of a matrix takes to be written,
   * digested and read twice. Two cores and their disk: 150 thousand million a second against 250
   * and 1600 million bytes.
   */
  private static final double OPERATIONS_A_BYTE = 1000;

  /**
   * Chooses, or finds what was chosen.
   *
   * @param bytes of all matrices
   * @param operations of the passes that compute them, in millions
   * @param needs of everything else
   */
  static GramChoice of(long bytes, long operations, DiskNeeds needs, WorkFolder work)
      throws CompotException {
    var before = work.find(NAME, GramChoice.class);
    if (before.isPresent()) {
      return before.get();
    }
    long free =
        OutputFolder.usableSpace(work.path(), work.target())
            + GramStore.bytesIn(work)
            - needs.left(work);
    var choice = of(bytes, operations, free);
    work.note(NAME, choice);
    return choice;
  }

  /**
   * Chooses.
   *
   * @param free bytes of the disk that nothing else will need
   */
  static GramChoice of(long bytes, long operations, long free) {
    if (operations * 1e6 < OPERATIONS_A_BYTE * bytes) {
      return new GramChoice(
          false, bytes, "which takes less time than %s of files would".formatted(size(bytes)));
    }
    return bytes > free
        ? new GramChoice(
            false,
            bytes,
            "since their %s of files would not fit beside the rest on the disk"
                .formatted(size(bytes)))
        : new GramChoice(true, bytes, "");
  }

  /** One line for people. */
  String told() {
    return kept
        ? "Gram matrices are kept in %s of files between the two passes that need them"
            .formatted(size(bytes))
        : "Gram matrices are computed in both passes that need them, " + why;
  }

  private static String size(long bytes) {
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
