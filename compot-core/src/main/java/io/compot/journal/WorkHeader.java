package io.compot.journal;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The first record of a work folder's journal: what the work is, and on what.
 *
 * @param journal format of the records
 * @param what the kind of work
 */
record WorkHeader(int journal, String what, Fingerprint fingerprint) {

  private static final int FORMAT = 1;

  private static final String ADVICE =
      "; run it as before to go on, or with --resume never to throw that work away and begin anew";

  /** Nulls are refused while a record is read, as anything else that is none of ours. */
  WorkHeader {
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(fingerprint, "fingerprint");
  }

  static WorkHeader of(String what, Fingerprint fingerprint) {
    return new WorkHeader(FORMAT, what, fingerprint);
  }

  /**
   * Refuses unfinished work that is not this one.
   *
   * @param target of the work, for the error
   * @param now this work
   * @throws UsageException where it is of another kind or has other settings
   * @throws InputException where it is on other inputs
   */
  void requireSame(Path target, WorkHeader now) throws CompotException {
    if (journal != FORMAT || !what.equals(now.what())) {
      throw new UsageException(
          "%s: there is unfinished work of another kind (%s, journal format %d)%s"
              .formatted(target, what, journal, ADVICE));
    }
    List<String> inputs = fingerprint.changedInputs(now.fingerprint());
    if (!inputs.isEmpty()) {
      throw new InputException(
          "%s: there is unfinished work on other inputs: %s%s"
              .formatted(target, String.join(", ", inputs), ADVICE));
    }
    List<String> settings = fingerprint.changedSettings(now.fingerprint());
    if (!settings.isEmpty()) {
      throw new UsageException(
          "%s: there is unfinished work with other settings: %s%s"
              .formatted(target, String.join(", ", settings), ADVICE));
    }
  }
}
