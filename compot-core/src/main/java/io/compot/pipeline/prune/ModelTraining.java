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
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a model, looks every so many steps at windows held out, keeps the numbers that are best on
 * those as they would be stored, and stops when they have not become better for some time. After
 * each look everything is on disk, so that another process goes on from there to the same bytes.
 */
final class ModelTraining {

  /** Tokens of a step. */
  private static final int TOKENS = 1024;

  /** Steps between two looks at what is held out, at most. */
  private static final int STRETCH = 64;

  /** Looks without a better loss, as a part of all, after which training ends. */
  private static final double PATIENCE = 0.25;

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
      var restored = state.restore(model, adam);
      Found found = restored.isPresent() ? restored.get() : begin(stage);
      stage.advance("", found.losses().size() - 1L);
      while (!done(found)) {
        int to = Math.min(steps(), found.steps() + stretch());
        for (int step = found.steps(); step < to; step++) {
          stage.stop().check();
          model.differentiate(batch(step));
          adam.step();
        }
        found = look(found, to, adam, stage);
      }
      return found;
    }
  }

  private Found begin(Stage stage) throws CompotException {
    return new Found(0, List.of(heldOutLoss(stage)));
  }

  private boolean done(Found found) {
    return found.steps() >= steps()
        || !Double.isFinite(found.last())
        || found.sinceBest() >= Math.max(2, PATIENCE * looks());
  }

  private Found look(Found before, int steps, AdamW adam, Stage stage) throws CompotException {
    try (var _ = TensorScope.open()) {
      List<Tensor> leaves = model.leaves();
      List<Tensor> exact = leaves.stream().map(leaf -> leaf.detach().clone()).toList();
      var rounded = model.rounded();
      model.put(List.copyOf(rounded.values()));
      double loss = heldOutLoss(stage);
      model.put(exact);
      // Of numbers that are none any more all comparisons are false.
      Found found = before.and(steps, Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss);
      if (found.sinceBest() == 0) {
        state.keep(rounded, found);
      }
      state.save(found, leaves, adam);
      stage.advance("%.4f on windows held out".formatted(loss), 1);
      return found;
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
