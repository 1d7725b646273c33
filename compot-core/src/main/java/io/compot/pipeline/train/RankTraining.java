package io.compot.pipeline.train;

import io.compot.calibration.SampleSource;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.codec.TrainedWeight;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.AdamW;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.pipeline.train.TrainingState.Found;
import io.compot.progress.Stage;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Dobi-SVD's training of ranks (arXiv 2502.02723, §3.1): one number of each projection, by the loss
 * exp(mean negative log-likelihood) + λ|kept part of the bits − wanted part|, with Adam and a rate
 * that falls by a cosine.
 *
 * <p>Where it departs. The paper decomposes the outputs of each window anew and needs the
 * derivative of that, which it has to keep from dividing by differences of equal singular values;
 * here the gate lies along the principal directions of all calibration outputs, which stay while
 * ranks are trained, so that gradients go through the gate alone. Numbers are parts of all ranks
 * and not of the length of windows, and all begin where the budget is met. The gate is wider (the
 * paper's leaves a gradient to one direction at a time).
 */
final class RankTraining {

  /** Tokens of a step. */
  private static final int TOKENS = 1024;

  private static final int MOST_STEPS = 256;
  private static final int ROUNDS = 8;

  /** Steps after which another process may go on. */
  private static final int STRETCH = 8;

  /** Of parts of all ranks: a rank can go from one end to the other in a fifth of the steps. */
  private static final double RATE = 0.02;

  /** λ. A perplexity rises by less than that where all bits go on the way to a budget. */
  private static final double WEIGHT = 100;

  /** Width of the gate, as a part of all directions, and in directions at least. */
  private static final double WIDTH = 0.02;

  private static final double LEAST_WIDTH = 1;

  private final Architecture architecture;
  private final ModelSource model;
  private final SampleSource samples;
  private final Map<String, Gate> gates;
  private final long dense;
  private final double kept;
  private final long seed;

  /**
   * Of a decoder.
   *
   * @param gates of the projections whose ranks are trained
   * @param budget bits for all of them
   * @param seed of the order in which windows are shown
   */
  RankTraining(
      Architecture architecture,
      ModelSource model,
      SampleSource samples,
      Map<String, Gate> gates,
      long budget,
      long seed) {
    this.architecture = architecture;
    this.model = model;
    this.samples = samples;
    this.gates = gates;
    this.dense = gates.values().stream().mapToLong(Gate::dense).sum();
    this.kept = budget / (double) dense;
    this.seed = seed;
  }

  private int together() {
    return Math.max(1, TOKENS / samples.lengths().each().getFirst());
  }

  private int stepsARound() {
    return Math.ceilDiv(samples.lengths().count(), together());
  }

  static double rounds(long tokens) {
    return Math.min(ROUNDS, MOST_STEPS * (double) TOKENS / tokens);
  }

  int steps() {
    return Math.min(MOST_STEPS, ROUNDS * stepsARound());
  }

  /**
   * Trains.
   *
   * @param directions of each projection, handed over
   * @param place in the work folder, of this training alone
   * @return the part of its bits that is taken of each
   */
  Map<String, Double> run(
      Map<String, GatedWeight.Directions> directions, WorkFolder work, String place, Stage stage)
      throws CompotException {
    var state = new TrainingState(work, place);
    try (var trained =
            new TrainedModel(
                architecture, model, samples, gated(directions), new NextTokenLoss(samples));
        var adam = new AdamW(trained.leaves(), RATE, steps())) {
      List<Gate> inOrder = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (TensorInfo each : trained.rounded().keySet()) {
        names.add(GatedWeight.projection(each));
        inOrder.add(Objects.requireNonNull(gates.get(names.getLast())));
      }
      Optional<Found> restored = state.restore(trained);
      Found found = restored.orElse(point(0));
      if (restored.isPresent()) {
        adam.load(state.moments(found), found.steps(), RATE, 0);
      }
      stage.advance("", found.steps());
      for (int step = found.steps(); step < steps(); step++) {
        stage.stop().check();
        double perplexity = differentiate(trained, inOrder, step);
        adam.step();
        clamp(trained);
        stage.advance("ranks: perplexity %.4g".formatted(perplexity), 1);
        if ((step + 1) % STRETCH == 0) {
          state.save(point(step + 1), trained.leaves(), adam);
        }
      }
      List<Double> parts = parts(trained);
      Map<String, Double> ratios = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        ratios.put(names.get(i), inOrder.get(i).ratio(parts.get(i)));
      }
      return ratios;
    }
  }

  /** The first counts as the best, so that no other numbers than the last are looked for. */
  private static Found point(int steps) {
    return new Found(steps, Collections.nCopies(steps / STRETCH + 1, 0.0));
  }

  private TrainedBlock.Source gated(Map<String, GatedWeight.Directions> directions) {
    return new TrainedBlock.Source() {
      @Override
      public @Nullable TrainedWeight of(Projection projection) {
        Gate gate = gates.get(projection.name());
        return gate == null
            ? null
            : GatedWeight.of(
                gate.within(kept),
                Objects.requireNonNull(directions.remove(projection.name())),
                Math.max(LEAST_WIDTH, WIDTH * gate.all()));
      }

      @Override
      public TensorInfo info(String tensor) {
        return new TensorInfo(tensor, Dtype.F32, List.of(1L));
      }
    };
  }

  private static List<Double> parts(TrainedModel trained) {
    try (var _ = TensorScope.open()) {
      return trained.leaves().stream().map(leaf -> leaf.detach().item_double()).toList();
    }
  }

  /** Leaves the gradients of the loss, and gives the perplexity. */
  private double differentiate(TrainedModel trained, List<Gate> inOrder, int step)
      throws CompotException {
    double perplexity = Math.exp(trained.differentiate(batch(step)));
    List<Double> parts = parts(trained);
    double bits = 0;
    for (int i = 0; i < parts.size(); i++) {
      bits += inOrder.get(i).bits(parts.get(i));
    }
    double side = WEIGHT * Math.signum(bits / dense - kept);
    try (var _ = TensorScope.open()) {
      for (int i = 0; i < parts.size(); i++) {
        Tensor gradient = trained.leaves().get(i).grad();
        if (gradient.defined()) { // no token may have reached an expert
          double slope = inOrder.get(i).slope(parts.get(i)) / dense;
          gradient.mul_(new Scalar(perplexity)).add_(new Scalar(side * slope));
        }
      }
    }
    return perplexity;
  }

  private static void clamp(TrainedModel trained) {
    try (var _ = TensorScope.open()) {
      for (Tensor leaf : trained.leaves()) {
        leaf.detach().fill_(new Scalar(Gate.clamped(leaf.detach().item_double())));
      }
    }
  }

  /** The windows of a step: each round shows all of them, in an order of its own. */
  private List<Integer> batch(int step) {
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, samples.lengths().count()).boxed().toList());
    Collections.shuffle(order, new Random(seed + step / stepsARound()));
    int from = step % stepsARound() * together();
    return order.subList(from, Math.min(order.size(), from + together()));
  }
}
