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
 * decay 0.01, and a rate that falls to 0 by a cosine.
 */
public final class AdamW implements AutoCloseable {

  private final org.bytedeco.pytorch.AdamW optimiser;
  private final double rate;
  private final int steps;
  private int step;

  /**
   * Before the first step.
   *
   * @param leaves the caller's, changed in place by their gradients
   * @param rate at the start
   * @param steps after which it is 0
   */
  public AdamW(List<Tensor> leaves, double rate, int steps) {
    this.rate = rate;
    this.steps = steps;
    try (var options = new AdamWOptions(rate);
        var vector = new TensorVector(leaves.toArray(Tensor[]::new))) {
      this.optimiser = new org.bytedeco.pytorch.AdamW(vector, options);
    }
  }

  /** The rate of the next step. */
  double now() {
    return rate * 0.5 * (1 + Math.cos(Math.PI * step / steps));
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
   */
  public void load(Path file, int made) {
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
