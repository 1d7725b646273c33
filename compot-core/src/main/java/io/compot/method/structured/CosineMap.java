package io.compot.method.structured;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.CompotException;
import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The linear map T for which z = M T + x points most nearly where a target L does, with rows for
 * tokens (ReplaceMe, arXiv 2505.02819, the cosine distance):
 *
 * <pre>
 * min of the mean of 1 − cos(z, L) over tokens
 * </pre>
 *
 * The paper takes ten rounds of Adam in small batches, from T = I. Here every step is over all
 * tokens: the gradient g of each row, (L/‖L‖ − cos · z/‖z‖)/‖z‖, is fitted by weighted least
 * squares
 *
 * <pre>
 * ΔT = (Mᵀ diag(‖z‖⁻²) M + αI)⁻¹ Mᵀ g
 * </pre>
 *
 * which is Gauss and Newton's step where z turns in all directions alike. A step after which the
 * distance is no less is taken by half. It begins with a given T, than which the result is never
 * further.
 */
public final class CosineMap {

  /** Passes over all tokens at most. */
  private static final int PASSES = 30;

  /** Relative fall of the distance below which no further step is taken. */
  private static final double SMALL = 1e-4;

  /** Part of a step below which none helps. */
  private static final double LEAST_STEP = 1e-3;

  private CosineMap() {}

  /** Takes some tokens. */
  @FunctionalInterface
  public interface Tokens {

    /**
     * Adds tokens.
     *
     * @param inputs M [..., width]
     * @param stream x of the same shape
     * @param targets L of the same shape
     */
    void add(Tensor inputs, Tensor stream, Tensor targets);
  }

  /** All tokens, the same ones each time. */
  @FunctionalInterface
  public interface Pass {
    void over(Tokens tokens) throws CompotException;
  }

  /** What a pass finds of a map, which it owns: the mean distance, and what a step is made of. */
  private static final class Sums implements Tokens, AutoCloseable {

    private final Tensor map;
    private final Tensor gram;
    private final Tensor cross;
    private double distance;
    private long tokens;

    /** Of a map and a part of a step from there. */
    Sums(Tensor from, double part, Tensor step) {
      try (var scope = TensorScope.open()) {
        map = scope.own(from.add(step, new Scalar(part)));
        var options = new TensorOptions(ScalarType.Double);
        gram = scope.own(zeros(map.sizes(), options));
        cross = scope.own(zeros(map.sizes(), options));
      }
    }

    @Override
    public void add(Tensor inputs, Tensor stream, Tensor targets) {
      try (var _ = TensorScope.open()) {
        long width = map.size(0);
        Tensor m = inputs.reshape(-1, width).to(ScalarType.Double);
        Tensor z = m.mm(map).add_(stream.reshape(-1, width).to(ScalarType.Double));
        Tensor wanted = direction(targets.reshape(-1, width).to(ScalarType.Double));
        Tensor length = length(z);
        Tensor is = z.div(length);
        Tensor cosine = is.mul(wanted).sum(new long[] {-1}, true, null);
        Tensor gradient = wanted.sub(is.mul(cosine)).div_(length);
        Tensor weighted = m.div(length);
        gram.addmm_(weighted.t(), weighted, new Scalar(1), new Scalar(1));
        cross.addmm_(m.t(), gradient, new Scalar(1), new Scalar(1));
        distance += cosine.size(0) - cosine.sum().item_double();
        tokens += cosine.size(0);
      }
    }

    private static Tensor length(Tensor rows) {
      try (var scope = TensorScope.open()) {
        Tensor length = rows.square().sum(new long[] {-1}, true, null).sqrt();
        return scope.keep(length.clamp_min_(new Scalar(Double.MIN_NORMAL)));
      }
    }

    private static Tensor direction(Tensor rows) {
      try (var scope = TensorScope.open()) {
        return scope.keep(rows.div(length(rows)));
      }
    }

    double mean() {
      return distance / tokens;
    }

    /** ΔT, in the caller's scope. */
    Tensor step(double ridge) {
      try (var scope = TensorScope.open()) {
        double mean = gram.diagonal().mean().item_double();
        double alpha = ridge * Math.max(mean, Double.MIN_NORMAL);
        return scope.keep(cholesky_solve(cross, RidgedCholesky.lower(gram.clone(), alpha)));
      }
    }

    @Override
    public void close() {
      map.close();
      gram.close();
      cross.close();
    }
  }

  /**
   * T.
   *
   * @param start [width, width] in double, the caller's
   * @param ridge α as a part of the mean diagonal entry; it makes steps shorter, and moves no
   *     minimum
   * @return [width, width] in double, in the caller's scope
   * @throws IllegalStateException where tokens hold numbers that are none
   */
  public static Tensor fit(Tensor start, double ridge, Pass pass) throws CompotException {
    Sums at = new Sums(start, 0, start);
    try (var scope = TensorScope.open()) {
      pass.over(at);
      if (!Double.isFinite(at.mean())) {
        throw new IllegalStateException("the hidden states hold numbers that are none");
      }
      double part = 1;
      for (int passes = 1; passes < PASSES && part >= LEAST_STEP; passes++) {
        try (var _ = TensorScope.open()) {
          var there = new Sums(at.map, part, at.step(ridge));
          boolean better = false;
          try {
            pass.over(there);
            better = there.mean() < at.mean();
          } finally {
            (better ? at : there).close();
          }
          if (better) {
            boolean small = at.mean() - there.mean() < SMALL * at.mean();
            at = there;
            part = small ? 0 : Math.min(1, 2 * part);
          } else {
            part /= 2;
          }
        }
      }
      return scope.keep(at.map.clone());
    } finally {
      at.close();
    }
  }
}
