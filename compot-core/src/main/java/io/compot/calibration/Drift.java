package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cholesky_solve;
import static org.bytedeco.pytorch.global.torch.linalg_solve_triangular;

import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * How a projection's input X′ behind what is compressed differs from X in the original, and what
 * weight makes up for it. That weight is a regression on the tokens of a calibration text, and of
 * few tokens most of it is chance; so the correction is shrunk by the positive part of James and
 * Stein's rule (1961; Stein's estimator of a regression, Baranchik 1973),
 *
 * <pre>
 * α = max(0, 1 − d·σ² / ‖X′B‖²),  σ² = ‖Δ − X′B‖² / (n − d)
 * </pre>
 *
 * with Δ = X − X′, B its regression on X′, d inputs and n tokens; 0 where there are no more tokens
 * than inputs. Of many tokens α is 1 but for a trace. Owns native memory.
 */
final class Drift implements AutoCloseable {

  /** So many of the inputs tell α. */
  private static final long ASKED = 512;

  private final long in;

  /** The products, and under them a row of Σ(X − X′)² of each input: [in + 1, in]. */
  private final PartedSum sums;

  private long tokens;
  private @Nullable Tensor root;
  private double trust;

  /** Nothing seen yet of so many inputs. */
  Drift(long in) {
    this(new PartedSum(in + 1, in), 0);
  }

  private Drift(PartedSum sums, long tokens) {
    this.sums = sums;
    this.in = sums.total().size(1);
    this.tokens = tokens;
  }

  /**
   * Sums that were taken before.
   *
   * @param sums as {@link #sums} gives them, owned by the new object
   */
  static Drift of(Tensor sums, long tokens) {
    return new Drift(PartedSum.of(sums), tokens);
  }

  /** Adds the same tokens of both models; [..., in]. */
  void add(Tensor after, Tensor before) {
    try (var _ = TensorScope.open()) {
      Tensor now = sums.current();
      Tensor left = after.reshape(-1, in).to(ScalarType.Float);
      Tensor moved = before.reshape(-1, in).to(ScalarType.Float).sub(left);
      now.narrow(0, 0, in).add_(left.t().mm(moved));
      now.select(0, in).add_(moved.square().sum(0));
      tokens += left.size(0);
    }
  }

  /**
   * X′ᵀ(X − X′), [in, in], double; summed from products in single precision, which is enough for a
   * correction.
   */
  Tensor products() {
    return sums.total().narrow(0, 0, in);
  }

  private Tensor energies() {
    return sums.total().select(0, in);
  }

  /** What is added next belongs to another of the samples' {@linkplain Lengths#parts parts}. */
  void endPart() {
    sums.endPart();
  }

  /** All that was summed, [in + 1, in], double; belongs to this object. */
  Tensor sums() {
    return sums.total();
  }

  /** Tokens that were added. */
  long tokens() {
    return tokens;
  }

  /**
   * W + α(X′ᵀX′ + μI)⁻¹X′ᵀ(X − X′)W, when all tokens are seen.
   *
   * @param gram X′ᵀX′
   * @param weight torch layout [out, in]
   * @param ridge μ as a part of the mean diagonal entry of X′ᵀX′, above 0; the same for all weights
   * @return [out, in], double, in the caller's scope
   */
  Tensor target(Gram gram, Tensor weight, double ridge) {
    try (var scope = TensorScope.open()) {
      Tensor wide = weight.to(ScalarType.Double);
      Tensor root = root(gram.matrix(), ridge);
      if (trust == 0) {
        return scope.keep(wide);
      }
      Tensor correction = cholesky_solve(products().mm(wide.t()), root).mul_(new Scalar(trust));
      return scope.keep(wide.add(correction.t()).contiguous());
    }
  }

  /** The lower factor of X′ᵀX′ + μI, once for all weights with this input, and α with it. */
  private Tensor root(Tensor gram, double ridge) {
    if (root == null) {
      try (var scope = TensorScope.open()) {
        double mean = gram.diagonal().mean().item_double();
        Tensor normal = gram.clone();
        // A handle of its own: the decomposition's belongs to its pair.
        root = scope.own(mean > 0 ? RidgedCholesky.lower(normal, ridge * mean).detach() : normal);
        trust = mean > 0 ? trust(root) : 0;
      }
    }
    return root;
  }

  /** α, told by some of the inputs evenly. */
  private double trust(Tensor lower) {
    if (tokens <= in) {
      return 0;
    }
    long step = Math.ceilDiv(in, ASKED);
    var indices = new TensorOptions(ScalarType.Long);
    Tensor asked = arange(new Scalar(0), new Scalar(in), new Scalar(step), indices);
    Tensor some = products().index_select(1, asked);
    double all = energies().index_select(0, asked).sum().item_double();
    Tensor fit = linalg_solve_triangular(lower, some.contiguous(), false, true, false);
    double fitted = fit.square().sum().item_double();
    double chance = in * Math.max(0, all - fitted) / (tokens - in);
    return fitted > chance ? 1 - chance / fitted : 0;
  }

  @Override
  public void close() {
    sums.close();
    if (root != null) {
      root.close();
    }
  }
}
