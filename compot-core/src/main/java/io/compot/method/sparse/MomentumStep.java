package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.tensor.PolarFactor;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A longer step than Procrustes', with momentum; ours, not the paper's. Its length is that of a
 * Newton step for the support as it is.
 *
 * <p>With Z = DᵀR and C = DᵀM, to turn two atoms i and j toward each other by a small ω changes the
 * energy ‖S‖² by 2ω(C_ij − C_ji) − ω²(h_i + h_j − q_ij − q_ji), where h_i is the energy of atom i
 * and q_ij that of the coefficients Z_j in the columns that use atom i. Columns that use both
 * cancel out, and in the others the atom in use has the larger coefficient: the bracket is
 * positive. The Procrustes step is this without q, which makes it too short, most where atoms often
 * occur together. In the same way the turn of atom i out of the span of D is (M − DC)_i/(h_i −
 * e_i), e_i being the energy that the columns using it have in one direction outside, on average.
 *
 * <p>To the step is added β(D − D_before), and the sum made orthonormal through the Cholesky factor
 * of its Gram matrix.
 */
final class MomentumStep implements DictionaryStep {

  private static final double ENERGY_FLOOR = 1e-3;

  /** Least part of h that is left of the second derivatives: a bound on how long steps get. */
  private static final double LEAST_INSIDE = 0.05;

  private static final double LEAST_OUTSIDE = 0.2;

  /** Of one atom's step: those that hardly occur would go anywhere. */
  private static final double LONGEST = 1;

  /** Of the steps, weighted by energy: beyond, the plain step is surer. */
  private static final double LONGEST_MEAN = 0.3;

  private static final long FEW = 64;

  private final double momentum;
  private final long stride;
  private final Tensor energy; // of the sampled columns of R, [m]
  private final Tensor squares; // Z² of the sampled columns, [m, k]
  private final Tensor velocity; // D − D_before, [p, k]

  /**
   * A run of steps.
   *
   * @param target Rᵀ, [n, p], F32; only read
   * @param dictionary the first D, [p, k]; only looked at
   */
  MomentumStep(double momentum, Tensor target, Tensor dictionary) {
    this.momentum = momentum;
    // As many columns as atoms tell q well enough.
    double enough = Math.max(FEW, dictionary.size(1));
    this.stride = Math.max(1, Math.round((double) target.size(0) / enough));
    this.velocity = zeros_like(dictionary);
    try (var scope = TensorScope.open()) {
      Tensor sampled = sample(target);
      this.energy = scope.keep(sampled.square().sum(1L));
      this.squares = scope.keep(target.new_empty(sampled.size(0), dictionary.size(1)));
    }
  }

  private Tensor sample(Tensor rows) {
    return rows.slice(0, new LongOptional(), new LongOptional(), stride);
  }

  @Override
  public void beforeThreshold(Tensor coefficients) {
    try (var _ = TensorScope.open()) {
      squares.copy_(sample(coefficients)).square_();
    }
  }

  @Override
  public boolean apply(Tensor dictionary, Tensor correlation, Tensor code) {
    try (var _ = TensorScope.open()) {
      Tensor next = next(dictionary, correlation, code);
      if (next == null) {
        PolarFactor.update(dictionary, correlation);
        velocity.zero_();
        return false;
      }
      velocity.copy_(next).sub_(dictionary);
      dictionary.copy_(next);
      return true;
    }
  }

  /** In the caller's scope; null where there is no energy to go by. */
  private @Nullable Tensor next(Tensor d, Tensor m, Tensor code) {
    try (var scope = TensorScope.open()) {
      Tensor used = sample(code).ne(new Scalar(0.0)).to(m.scalar_type()).t();
      Tensor q = used.mm(squares);
      Tensor sampled = floored(q.diagonal());
      Tensor c = d.t().mm(m);
      Tensor h = floored(c.diagonal());
      if (sampled == null || h == null) {
        return null;
      }
      Tensor shared = q.add(q.t()).div_(pairs(sampled));
      Tensor bent =
          shared.neg_().add_(new Scalar(1.0)).clamp_min_(new Scalar(LEAST_INSIDE)).mul_(pairs(h));
      Tensor turn = c.sub(c.t()).div_(bent);
      Tensor step = velocity.mul(new Scalar(momentum));
      long outside = d.size(0) - d.size(1);
      if (outside > 0) {
        Tensor rest =
            energy.sub(squares.sum(1L)).clamp_min_(new Scalar(0.0)).div_(new Scalar(outside));
        Tensor part = used.mv(rest).div_(sampled).neg_().add_(new Scalar(1.0));
        Tensor length = part.clamp_min_(new Scalar(LEAST_OUTSIDE)).mul_(h).reciprocal_();
        step.addcmul_(m, length);
        turn.sub_(c.mul_(length));
      }
      step.addmm_(d, turn);
      Tensor lengths = step.square().sum(0L);
      double mean = lengths.mul(h).sum().item_double() / h.sum().item_double();
      if (!(mean < LONGEST_MEAN * LONGEST_MEAN)) {
        return null;
      }
      lengths.sqrt_().clamp_min_(new Scalar(LONGEST));
      step.mul_(lengths.reciprocal_().mul_(new Scalar(LONGEST)));
      Tensor next = PolarFactor.orthonormal(step.add_(d));
      return next == null ? null : scope.keep(next);
    }
  }

  /** Energies, none much below the mean; null where all are zero. */
  private static @Nullable Tensor floored(Tensor energies) {
    double mean = energies.mean().item_double();
    return mean > 0 ? energies.clamp_min(new Scalar(ENERGY_FLOOR * mean)) : null;
  }

  /** h_i + h_j. */
  private static Tensor pairs(Tensor h) {
    return h.unsqueeze(1).add(h);
  }

  @Override
  public void undo(Tensor dictionary) {
    dictionary.sub_(velocity);
    velocity.zero_();
  }
}
