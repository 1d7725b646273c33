package io.compot.comparison;

import io.compot.Model;
import io.compot.TextSample;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.evaluation.result.Measurement;
import io.compot.file.Sha256;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  private final List<Measurement> tasks;
  private final TextSample sample;

  private ComparedOriginal(
      HeldOut text, HeldOutReport report, List<Measurement> tasks, TextSample sample) {
    this.text = text;
    this.report = report;
    this.tasks = tasks;
    this.sample = sample;
  }

  static ComparedOriginal of(
      ComparedModel model,
      ComparisonSettings settings,
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
              settings.computation(),
              new HeldOutText(
                  model.heldOut(), model.window(), model.windows().orElse(Integer.MAX_VALUE)),
              states,
              listener,
              stop);
      boolean done = false;
      try {
        if (before.isEmpty()) {
          journal.add(new OriginalRecord(model.name(), Sha256.of(states), null, null));
        }
        var original = measured(model, settings, text, journal, listener, stop);
        done = true;
        return original;
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

  private static ComparedOriginal measured(
      ComparedModel model,
      ComparisonSettings settings,
      HeldOut text,
      ResultsJournal journal,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    OriginalRecord known = journal.original(model.name()).orElseThrow();
    HeldOutReport report = known.heldOut();
    if (report == null) {
      report = text.measureOriginal(listener, stop);
      known = known.with(report);
      journal.add(known);
    }
    TextSample sample = known.sample();
    if (sample != null && !settings.tasks().any()) {
      return new ComparedOriginal(text, report, List.of(), sample);
    }
    try (Model original = Model.load(model.folder(), settings.computation())) {
      if (sample == null) {
        sample = TextSample.of(original, model.heldOut());
        journal.add(known.with(sample));
      }
      var finished = journal.tasks(model.name() + ": " + ComparisonRow.ORIGINAL);
      var tasks = settings.tasks().measure(original, finished, listener, stop);
      return new ComparedOriginal(text, report, tasks, sample);
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

  /** What it answered. */
  List<Measurement> tasks() {
    return tasks;
  }

  /** How it goes on with the text. */
  TextSample sample() {
    return sample;
  }

  @Override
  public void close() {
    text.close();
  }
}
