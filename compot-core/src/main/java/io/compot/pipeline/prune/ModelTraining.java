package io.compot.pipeline.prune;

import io.compot.error.CompotException;
import io.compot.method.structured.AdamW;
import io.compot.method.structured.HealMethod;
import io.compot.pipeline.train.TrainedModel;
import io.compot.pipeline.train.TrainingState;
import io.compot.pipeline.train.TrainingState.Found;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Trains a model, looks every so many steps at windows held out, and keeps the numbers that are
 * best on those as they would be stored. From numbers that are no better it goes back to these,
 * with moments of 0 and a quarter of the rate: what has lost much bears long steps, what has lost
 * little is thrown out of where it is by them. It stops when that has helped nothing some times.
 * After each look everything is on disk, so that another process goes on from there to the same
 * bytes.
 */
final class ModelTraining {

  /** Tokens of a step. */
  private static final int TOKENS = 1024;

  /** Steps between two looks at what is held out, at most. */
  private static final int STRETCH = 64;

  /** Looks without a better loss, as a part of all and at least, after which training ends. */
  private static final double PATIENCE = 0.25;

  private static final int LEAST_PATIENCE = 3;

  /** What is left of the rate behind a look without a better loss. */
  private static final double SLOWER = 0.25;

  /** Of the loss before training: what is above has not got worse, but lost its way. */
  private static final double DIVERGED = 2;

  /** One window of so many is held out. */
  private static final int HELD_OUT = 8;

  private final HealMethod method;
  private final TrainedModel model;
  private final TrainingState state;
  private final List<Integer> shown;
  private final List<Integer> heldOut;
  private final int together;
  private final long seed;

  /**
   * Of a model.
   *
   * @param windows number of samples
   * @param length tokens of each
   * @param seed of the order in which they are shown
   */
  ModelTraining(
      HealMethod method,
      TrainedModel model,
      TrainingState state,
      int windows,
      int length,
      long seed) {
    int held = Math.max(1, windows / HELD_OUT);
    this.method = method;
    this.model = model;
    this.state = state;
    this.shown = IntStream.range(0, windows - held).boxed().toList();
    this.heldOut = IntStream.range(windows - held, windows).boxed().toList();
    this.together = Math.max(1, TOKENS / length);
    this.seed = seed;
  }

  private int stepsARound() {
    return Math.ceilDiv(shown.size(), together);
  }

  private int steps() {
    return Math.multiplyExact(method.rounds(), stepsARound());
  }

  /** Steps of which the last is followed by a look. */
  private int stretch() {
    return Math.min(STRETCH, stepsARound());
  }

  /** Units of progress. */
  int looks() {
    return Math.ceilDiv(steps(), stretch());
  }

  /** Rounds over the text before a measurement. */
  double rounds(int point) {
    return Math.min(steps(), point * stretch()) / (double) stepsARound();
  }

  /** Trains until the end, or until it helps no more. */
  Found run(Stage stage) throws CompotException {
    try (var adam = new AdamW(model.leaves(), method.rate(), steps())) {
      var restored = state.restore(model);
      Found found = restored.isPresent() ? restored.get() : begin(adam, stage);
      if (restored.isPresent()) {
        adam.load(state.moments(found), found.steps(), rate(found), restarted(found));
      }
      stage.advance("", found.losses().size() - 1L);
      while (!done(found)) {
        int to = Math.min(steps(), found.steps() + stretch());
        boolean finite = true;
        for (int step = found.steps(); finite && step < to; step++) {
          stage.stop().check();
          finite = Double.isFinite(model.differentiate(batch(step)));
          adam.step();
        }
        found = look(found, to, finite, adam, stage);
      }
      return found;
    }
  }

  private Found begin(AdamW adam, Stage stage) throws CompotException {
    Found found = new Found(0, List.of(heldOutLoss(stage)));
    try (var _ = TensorScope.open()) {
      state.keep(model.rounded(), found);
    }
    state.save(found, model.leaves(), adam);
    return found;
  }

  /** Looks that were no better than the best before them. */
  private static List<Integer> worse(Found found) {
    return IntStream.range(1, found.losses().size())
        .filter(look -> found.bestOf(look + 1) < look)
        .boxed()
        .toList();
  }

  private double rate(Found found) {
    return method.rate() * Math.pow(SLOWER, worse(found).size());
  }

  /** Steps before the last of them. */
  private int restarted(Found found) {
    List<Integer> worse = worse(found);
    return worse.isEmpty() ? 0 : Math.min(steps(), worse.getLast() * stretch());
  }

  /** What has to be said of how it went, beside the curve. */
  List<String> notes(Found found) {
    List<String> notes = new ArrayList<>();
    double most = DIVERGED * found.losses().getFirst();
    List<Integer> worse = worse(found);
    for (int look : worse) {
      double loss = found.losses().get(look);
      if (!(loss <= most)) {
        notes.add(
            String.format(
                Locale.ROOT,
                "training diverged by round %.2f (loss %s): what was best before was kept",
                rounds(look),
                Double.isFinite(loss) ? String.format(Locale.ROOT, "%.4f", loss) : "no number"));
      }
    }
    if (!worse.isEmpty()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%d of %d measurements were no better: training went back to the best with a quarter of the rate, from %.2g to %.2g",
              worse.size(),
              found.losses().size() - 1,
              method.rate(),
              rate(found)));
    }
    return notes;
  }

  private boolean done(Found found) {
    return found.steps() >= steps()
        || found.sinceBest() >= Math.max(LEAST_PATIENCE, PATIENCE * looks());
  }

  private Found look(Found before, int steps, boolean finite, AdamW adam, Stage stage)
      throws CompotException {
    Found found = before.and(steps, finite ? roundedLoss(stage) : Double.POSITIVE_INFINITY);
    if (found.sinceBest() == 0) {
      try (var _ = TensorScope.open()) {
        state.keep(model.rounded(), found);
      }
    } else {
      // What was saved before is the best, or the best that was gone back to.
      state.goBack(model, before);
      adam.restart(rate(found));
    }
    state.save(found, model.leaves(), adam);
    stage.advance("%.4f on windows held out".formatted(found.last()), 1);
    return found;
  }

  /** On what is held out, by the numbers as they would be stored. */
  private double roundedLoss(Stage stage) throws CompotException {
    try (var _ = model.asStored()) {
      double loss = heldOutLoss(stage);
      // Of numbers that are none any more all comparisons are false.
      return Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss;
    }
  }

  private double heldOutLoss(Stage stage) throws CompotException {
    double sum = 0;
    for (int from = 0; from < heldOut.size(); from += together) {
      stage.stop().check();
      List<Integer> some = heldOut.subList(from, Math.min(heldOut.size(), from + together));
      sum += model.loss(some) * some.size();
    }
    return sum / heldOut.size();
  }

  /** The windows of a step: each round shows all of them, in an order of its own. */
  private List<Integer> batch(int step) {
    List<Integer> order = new ArrayList<>(shown);
    Collections.shuffle(order, new Random(seed + step / stepsARound()));
    int from = step % stepsARound() * together;
    return order.subList(from, Math.min(order.size(), from + together));
  }
}
