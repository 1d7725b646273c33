package io.compot.method.structured;

import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.InputArchive;
import org.bytedeco.pytorch.OutputArchive;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * libtorch's AdamW (arXiv 1711.05101, algorithm 2) with its usual numbers, β 0.9 and 0.999, ε 1e-8,
 * decay 0.01, and a rate that rises over some steps and falls to 0 by a cosine. Without the rise
 * the first steps, whose second moments are of one gradient, are as long as the rate in every
 * number.
 */
public final class AdamW implements AutoCloseable {

  /** Steps of the rise, as a part of all and at most. */
  private static final int RISING_PART = 10;

  private static final int RISING_STEPS = 16;

  private final List<Tensor> leaves;
  private final int steps;
  private org.bytedeco.pytorch.AdamW optimiser;
  private double rate;
  private int step;
  private int begun;

  /**
   * Before the first step.
   *
   * @param leaves the caller's, changed in place by their gradients
   * @param rate after the rise
   * @param steps after which it is 0
   */
  public AdamW(List<Tensor> leaves, double rate, int steps) {
    this.leaves = List.copyOf(leaves);
    this.rate = rate;
    this.steps = steps;
    this.optimiser = optimiser(this.leaves, rate);
  }

  private static org.bytedeco.pytorch.AdamW optimiser(List<Tensor> leaves, double rate) {
    try (var options = new AdamWOptions(rate);
        var vector = new TensorVector(leaves.toArray(Tensor[]::new))) {
      return new org.bytedeco.pytorch.AdamW(vector, options);
    }
  }

  /** The rate of the next step. */
  double now() {
    int rising = Math.clamp(steps / RISING_PART, 1, RISING_STEPS);
    double risen = Math.min(1, (step - begun + 1) / (double) rising);
    return rate * risen * 0.5 * (1 + Math.cos(Math.PI * step / steps));
  }

  /** One step by the gradients that the leaves have, which are 0 afterwards. */
  public void step() {
    optimiser.param_groups().get(0).options().set_lr(now());
    step++;
    try (var _ = TensorScope.open()) {
      optimiser.step();
      optimiser.zero_grad(false);
    }
  }

  /**
   * Forgets its moments, and goes on from here with another rate, which rises again.
   *
   * @param other that the rate would have been at the start
   */
  public void restart(double other) {
    restart(other, step);
  }

  private void restart(double other, int at) {
    optimiser.close();
    optimiser = optimiser(leaves, other);
    rate = other;
    begun = at;
  }

  /** Steps that were made. */
  public int steps() {
    return step;
  }

  /**
   * Keeps its moments, which libtorch writes in its own format.
   *
   * @param file that is made or replaced
   */
  public void save(Path file) {
    try (var archive = new OutputArchive()) {
      optimiser.save(archive);
      archive.save_to(file.toString());
    }
  }

  /**
   * Goes on from what {@link #save} kept.
   *
   * @param made steps before that
   * @param other rate after the last restart
   * @param restarted steps before that
   */
  public void load(Path file, int made, double other, int restarted) {
    restart(other, restarted);
    try (var archive = new InputArchive()) {
      archive.load_from(file.toString());
      optimiser.load(archive);
    }
    step = made;
  }

  @Override
  public void close() {
    optimiser.close();
  }
}
