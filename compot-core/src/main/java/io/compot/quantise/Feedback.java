package io.compot.quantise;

import static org.bytedeco.pytorch.global.torch.linalg_cholesky_ex;

import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How rounding errors of earlier columns are made good in later ones. With the columns in some
 * order and G + damping = R Rᵀ, R upper triangular, the error of the outputs is
 *
 * <pre>tr(E G Eᵀ) = ‖E R‖² = Σ_k R_kk² ‖e_k + Σ_{j&lt;k} e_j R_jk/R_kk‖²,   E = W − Q</pre>
 *
 * so that column k is best rounded near w_k + Σ_{j&lt;k} e_j R_jk/R_kk. That is GPTQ's update
 * (arXiv 2210.17323, with U = R⁻¹ its upper factor of G⁻¹) in the form of LDLQ (QuIP, arXiv
 * 2307.13304), which needs no inverse: U_jk/U_jj of the one accumulates to R_jk/R_kk of the other.
 *
 * <p>Depends on the input alone and is shared by all projections with the same input. An input that
 * was always zero (a "dead" column) stands alone: it is rounded to nearest, and takes and gives no
 * error. Damping of {@link #DAMPING} times the mean diagonal is tried in turn until G has a factor.
 * Owns its tensors; safe to share between threads until closed.
 *
 * @param order order[k] is the original column at place k, I64, [in]
 * @param upper R_jk/R_kk for j &lt; k, ones on the diagonal, F32, [in, in]
 * @param costs R_kk², what an error at place k costs; F64, [in]
 * @param damping what was added to the diagonal, relative to its mean
 */
public record Feedback(Tensor order, Tensor upper, Tensor costs, double damping)
    implements Whitening.Derived {

  /** The steps of the damping. */
  private static final double[] DAMPING = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};

  /** In which order the columns are rounded. */
  public enum Order {
    /** As they stand. */
    NATURAL,
    /** The strongest input first, while all others can still make its errors good ("act-order"). */
    ACTIVITY
  }

  /**
   * That of a whitening's Gram matrix, which all projections with the input share; it belongs to
   * the whitening.
   *
   * @throws FailureException as {@link #of}
   */
  public static Feedback shared(Whitening whitening, Order order, String name)
      throws FailureException {
    return whitening.derived(Feedback.class, order, gram -> of(gram, order, name));
  }

  /**
   * Decomposes a Gram matrix, with the least damping that GPTQ's authors take.
   *
   * @param gram XᵀX, [in, in], double; only read
   * @param name the projections it belongs to, for messages
   * @throws FailureException where it has NaN or infinite entries or is no Gram matrix
   */
  public static Feedback of(Tensor gram, Order order, String name) throws FailureException {
    return of(gram, order, DAMPING[0], name);
  }

  /**
   * Decomposes a Gram matrix.
   *
   * @param least the first damping that is tried, at least 0
   */
  public static Feedback of(Tensor gram, Order order, double least, String name)
      throws FailureException {
    if (gram.dim() != 2 || gram.size(0) != gram.size(1) || Dtype.of(gram) != Dtype.F64) {
      throw new IllegalArgumentException(name + ": a Gram matrix is square and of type F64");
    }
    try (var scope = TensorScope.open()) {
      Tensor diagonal = gram.diagonal();
      double smallest = diagonal.amin().item_double();
      double mean = diagonal.mean().item_double();
      if (!finite(gram)) {
        throw new FailureException(
            name
                + ": the Gram matrix has NaN or infinite entries; look for overflowing activations,"
                + " or calibrate with other text or in f32");
      }
      if (smallest < 0) {
        throw notPositive(name);
      }
      Tensor places =
          order == Order.NATURAL
              ? torch.arange(new Scalar(gram.size(0))).to(ScalarType.Long)
              : torch.argsort(diagonal, true, 0, true);
      Tensor dead = diagonal.eq(new Scalar(0.0));
      // From the last place to the first: the lower factor of that is R from its end.
      Tensor reversed = places.flip(0);
      for (int i = -1; i < DAMPING.length; i++) {
        double damping = i < 0 ? least : DAMPING[i];
        if (damping < least || (i >= 0 && damping == least)) {
          continue;
        }
        try (var attempt = TensorScope.open()) {
          Tensor damped = permuted(gram, reversed);
          Tensor added = dead.to(ScalarType.Double).mul_(new Scalar(mean > 0 ? mean : 1));
          added.add_(new Scalar(damping * mean));
          damped.diagonal().add_(added.index_select(0, reversed));
          var factor = linalg_cholesky_ex(damped);
          if (factor.get1().item_int() != 0) {
            continue;
          }
          Tensor root = factor.get0();
          Tensor pivots = root.diagonal().clone();
          Tensor upper = root.div_(pivots).flip(0, 1).to(ScalarType.Float).contiguous();
          Tensor costs = pivots.square_().flip(0).contiguous();
          return new Feedback(
              scope.own(places.contiguous()), attempt.own(upper), attempt.own(costs), damping);
        }
      }
      throw notPositive(name);
    }
  }

  private static boolean finite(Tensor gram) {
    try (var _ = TensorScope.open()) {
      var extremes = torch.aminmax(gram);
      return Double.isFinite(extremes.get0().item_double())
          && Double.isFinite(extremes.get1().item_double());
    }
  }

  /** Both sides in another order; the copy between the two goes at once, for it may be large. */
  private static Tensor permuted(Tensor gram, Tensor places) {
    try (var scope = TensorScope.open()) {
      return scope.keep(gram.index_select(0, places).index_select(1, places));
    }
  }

  private static FailureException notPositive(String name) {
    return new FailureException(
        name + ": the matrix given as Gram matrix is not positive semidefinite; compute it as XᵀX");
  }

  /** Columns. */
  public long in() {
    return upper.size(0);
  }

  @Override
  public void close() {
    order.close();
    upper.close();
    costs.close();
  }
}
