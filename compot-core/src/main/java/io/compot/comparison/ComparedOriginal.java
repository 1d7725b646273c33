package io.compot.comparison;

import io.compot.Computation;
import io.compot.Model;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.file.Sha256;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The original of a model on its held-out text: run once and measured once, whatever ends the
 * process in between. Its hidden states lie in the work folder, known by their digest.
 */
final class ComparedOriginal implements AutoCloseable {

  /** The file of its hidden states in the work folder. */
  static final String STATES = "original-states.safetensors";

  private final HeldOut text;
  private final HeldOutReport report;

  private ComparedOriginal(HeldOut text, HeldOutReport report) {
    this.text = text;
    this.report = report;
  }

  static ComparedOriginal of(
      ComparedModel model,
      Computation computation,
      Path work,
      ResultsJournal journal,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    Path states = work.resolve(STATES);
    Optional<OriginalRecord> before = journal.original(model.name());
    try {
      if (Files.exists(states)
          && !before.map(OriginalRecord::states).equals(Optional.of(Sha256.of(states)))) {
        Files.delete(states);
      }
      HeldOut text =
          Model.heldOut(
              model.folder(),
              computation,
              new HeldOutText(
                  model.heldOut(), model.window(), model.windows().orElse(Integer.MAX_VALUE)),
              states,
              listener,
              stop);
      boolean done = false;
      try {
        OriginalRecord known;
        if (before.isPresent()) {
          known = before.get();
        } else {
          known = new OriginalRecord(model.name(), Sha256.of(states), null);
          journal.add(known);
        }
        if (known.heldOut() == null) {
          known = known.with(text.measureOriginal(listener, stop));
          journal.add(known);
        }
        done = true;
        return new ComparedOriginal(text, Objects.requireNonNull(known.heldOut()));
      } finally {
        if (!done) {
          text.close();
        }
      }
    } catch (IOException e) {
      throw new FailureException(
          states + ": cannot be read or removed (" + e.getMessage() + "); check its permissions",
          e);
    }
  }

  /** The text, for what is made from the original. */
  HeldOut text() {
    return text;
  }

  /** How the original does on it. */
  HeldOutReport report() {
    return report;
  }

  @Override
  public void close() {
    text.close();
  }
}
