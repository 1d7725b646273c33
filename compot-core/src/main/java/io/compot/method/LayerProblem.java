package io.compot.method;

import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One weight to factorise.
 *
 * @param name checkpoint name of the projection, for messages
 * @param weight the original's, torch layout [out, in], any floating type; W of the papers is its
 *     transpose
 * @param whitening of its input's Gram matrix, [in, in]: computed once with {@link Whitening#of}
 *     and shared by all projections with the same input, whose caller closes it; null where there
 *     was no calibration
 * @param stored element type in which the factors will be stored
 * @param seed for methods that draw random numbers
 * @param outputMetric how much errors of the outputs matter, E[ggᵀ] with g the gradient of the
 *     log-likelihood at the projection's output; [out, out], double, symmetric positive
 *     semidefinite, only read; null where all matter alike
 * @param original whitening of the input in the original model, where {@code whitening} is of the
 *     input through what is compressed already; else null
 * @param target what is to be factorised, of the weight's shape: the weight itself, or beside a
 *     compressed prefix, of {@link CompressionMethod#takesTarget methods that take it}, what makes
 *     up for the prefix
 */
public record LayerProblem(
    String name,
    Tensor weight,
    @Nullable Whitening whitening,
    Dtype stored,
    long seed,
    @Nullable Tensor outputMetric,
    @Nullable Whitening original,
    Tensor target) {

  public LayerProblem {
    if (weight.dim() != 2 || weight.numel() == 0) {
      throw new IllegalArgumentException(name + ": a weight has two dimensions, none of them 0");
    }
    if (target.dim() != 2 || target.size(0) != weight.size(0) || target.size(1) != weight.size(1)) {
      throw new IllegalArgumentException(name + ": a target has the shape of its weight");
    }
    if (whitening != null && whitening.in() != weight.size(1)) {
      throw new IllegalArgumentException(
          "%s: a Gram matrix of %d inputs for a weight of %d"
              .formatted(name, whitening.in(), weight.size(1)));
    }
    if (!stored.isFloating()) {
      throw new IllegalArgumentException(name + ": factors cannot be stored as " + stored);
    }
    if (outputMetric != null
        && (outputMetric.size(0) != weight.size(0) || outputMetric.size(1) != weight.size(0))) {
      throw new IllegalArgumentException(
          "%s: a metric of %d outputs for a weight of %d"
              .formatted(name, outputMetric.size(0), weight.size(0)));
    }
  }

  /** A problem whose outputs all matter alike. */
  public LayerProblem(
      String name, Tensor weight, @Nullable Whitening whitening, Dtype stored, long seed) {
    this(name, weight, whitening, stored, seed, null, null, weight);
  }

  /** A problem whose outputs matter by a metric. */
  public LayerProblem(
      String name,
      Tensor weight,
      @Nullable Whitening whitening,
      Dtype stored,
      long seed,
      @Nullable Tensor outputMetric) {
    this(name, weight, whitening, stored, seed, outputMetric, null, weight);
  }

  /** Whether something else than the weight is to be factorised. */
  @SuppressWarnings("ReferenceEquality") // whether it is the very same tensor
  public boolean hasTarget() {
    return target != weight;
  }

  /** Input features. */
  public long in() {
    return weight.size(1);
  }

  /** Output features. */
  public long out() {
    return weight.size(0);
  }

  /**
   * The whitening, for methods that cannot do without.
   *
   * @throws FailureException where there is none
   */
  public Whitening requiredWhitening(String method) throws FailureException {
    if (whitening == null) {
      throw new FailureException(
          name + ": " + method + " needs a Gram matrix of the projection's input; calibrate first");
    }
    return whitening;
  }

  /** Refuses weights with NaN or infinite entries. */
  public void checkFinite() throws FailureException {
    try (var _ = TensorScope.open()) {
      if (!Double.isFinite(weight.abs().amax().item_double())
          || !Double.isFinite(target.abs().amax().item_double())) {
        throw new FailureException(
            name + ": the weight has NaN or infinite entries; exclude this projection");
      }
    }
  }
}
