package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.SparseCodec;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * From factors in double to factors as stored, and their errors.
 *
 * <p>A product is unchanged where one factor's component is multiplied by a power of two and the
 * other's divided by it. Each component is shared out so that both sides have about the same
 * largest magnitude: no digit changes, and a narrow stored type neither overflows nor loses small
 * values.
 */
public final class StoredFactors {

  /** Columns of a whitening's root that are converted at a time. */
  private static final long PANEL = 2048;

  private StoredFactors() {}

  /**
   * A dense dictionary and a sparse code.
   *
   * @param code Sᵀ [out, k], double; the support is where the bits are not those of +0.0
   * @param dictionary Aᵀ [k, in], double
   * @param size whose s·out is the size of the support
   */
  public static Factorisation sparse(
      LayerProblem problem, Tensor code, Tensor dictionary, SparseForm size, List<Double> errors)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor exponents = balance(code, dictionary);
      long rescued = unfit(code, dictionary, problem.stored());
      Tensor values = values(code, exponents, problem.stored());
      Tensor atoms = rounded(dictionary, exponents.unsqueeze(1), problem.stored());
      checkFinite(problem, values, atoms);
      Packed factors = SparseCodec.packed(size.s(), scope.own(atoms), values);
      return measured(problem, factors, errors, rescued);
    }
  }

  /**
   * Two dense factors.
   *
   * @param left [out, r], double
   * @param right [r, in], double
   */
  public static Factorisation lowRank(LayerProblem problem, Tensor left, Tensor right)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor exponents = balance(left, right);
      long rescued = unfit(left, right, problem.stored());
      Tensor l = rounded(left, exponents.reciprocal(), problem.stored());
      Tensor r = rounded(right, exponents.unsqueeze(1), problem.stored());
      checkFinite(problem, l, r);
      Packed factors = LowRankCodec.packed(scope.own(l), scope.own(r));
      return measured(problem, factors, List.of(), rescued);
    }
  }

  /** Powers of two to multiply the rows of {@code right} by, [r], in the caller's scope. */
  private static Tensor balance(Tensor left, Tensor right) {
    try (var scope = TensorScope.open()) {
      Tensor ofLeft = left.abs().amax(new long[] {0}, false);
      Tensor ofRight = right.abs().amax(new long[] {1}, false);
      Tensor usable = ofLeft.gt(new Scalar(0.0)).logical_and(ofRight.gt(new Scalar(0.0)));
      Tensor half = ofLeft.log2().sub(ofRight.log2()).mul(new Scalar(0.5)).round();
      Tensor exponent = torch.where(usable, half, torch.zeros_like(half));
      return scope.keep(torch.ldexp(torch.ones_like(exponent), exponent));
    }
  }

  /**
   * Components of which one side would overflow in the stored type, or have only numbers too small
   * for all of its digits, were they stored as they are.
   */
  private static long unfit(Tensor left, Tensor right, Dtype stored) {
    try (var _ = TensorScope.open()) {
      Tensor ofLeft = left.abs().amax(new long[] {0}, false);
      Tensor ofRight = right.abs().amax(new long[] {1}, false);
      Tensor unfit = unfit(ofLeft, stored).logical_or(unfit(ofRight, stored));
      return unfit.sum().item_long();
    }
  }

  private static Tensor unfit(Tensor largest, Dtype stored) {
    Tensor small = largest.lt(new Scalar(stored.smallestNormal()));
    return largest
        .gt(new Scalar(stored.largest()))
        .logical_or(small.logical_and(largest.gt(new Scalar(0.0))));
  }

  /** A rounded code, whose entries that rounded to zero stay in the support. */
  private static Tensor values(Tensor code, Tensor exponents, Dtype stored) {
    try (var scope = TensorScope.open()) {
      Tensor values = rounded(code, exponents.reciprocal(), stored);
      Tensor support = code.view(ScalarType.Long).ne(new Scalar(0L));
      Tensor lost = support.logical_and(values.eq(new Scalar(0.0)));
      return scope.keep(values.masked_fill(lost, new Scalar(-0.0)));
    }
  }

  private static Tensor rounded(Tensor exact, Tensor factors, Dtype stored) {
    try (var scope = TensorScope.open()) {
      return scope.keep(exact.mul(factors).to(stored.scalarType()).contiguous());
    }
  }

  private static void checkFinite(LayerProblem problem, Tensor... factors) throws FailureException {
    for (Tensor factor : factors) {
      if (!torch.isfinite(factor).all().item_bool()) {
        throw new FailureException(
            "%s: its factors do not fit into %s, even balanced; leave it dense with --exclude %s, or store the model as BF16 or F32"
                .formatted(problem.name(), problem.stored(), problem.name()));
      }
    }
  }

  /**
   * A weight as it is stored, with its errors.
   *
   * @param packed handed over
   * @param iterationErrors of a method that iterates
   */
  public static Factorisation measured(
      LayerProblem problem, Packed packed, List<Double> iterationErrors) throws FailureException {
    return measured(problem, packed, iterationErrors, 0);
  }

  private static Factorisation measured(
      LayerProblem problem, Packed factors, List<Double> iterationErrors, long rescued)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      boolean wide =
          problem.stored() == Dtype.F64
              || extreme(problem.weight())
              || (problem.hasTarget() && extreme(problem.target()));
      Dtype computation = wide ? Dtype.F64 : Dtype.F32;
      ScalarType type = computation.scalarType();
      Tensor weight = problem.weight().to(type);
      Tensor difference = Codecs.dense(factors, computation).sub_(weight);
      double weightError = ratio(difference, weight);
      Whitening whitening = problem.whitening();
      if (whitening == null) {
        return finite(
            problem,
            new Factorisation(
                factors,
                OptionalDouble.empty(),
                weightError,
                OptionalDouble.empty(),
                iterationErrors,
                Optional.empty(),
                "none",
                rescued));
      }
      double whitened = whitened(difference, weight, whitening.root());
      OptionalDouble ofTarget = OptionalDouble.empty();
      if (problem.hasTarget()) {
        Tensor target = problem.target().to(type);
        Tensor left = Codecs.dense(factors, computation).sub_(target);
        ofTarget = OptionalDouble.of(whitened(left, target, whitening.root()));
      }
      String step = whitening.step().label();
      return finite(
          problem,
          new Factorisation(
              factors,
              OptionalDouble.of(whitened),
              weightError,
              ofTarget,
              iterationErrors,
              Optional.empty(),
              step,
              rescued));
    }
  }

  /** ‖L·difference‖ / ‖L·weight‖ of matrices in torch layout, 0 where both are zero. */
  private static double whitened(Tensor difference, Tensor weight, Tensor root) {
    double above = 0;
    double below = 0;
    long columns = root.size(1);
    for (long from = 0; from < columns; from += PANEL) {
      try (var _ = TensorScope.open()) {
        // The root is the largest matrix here: its narrow form is made a part at a time.
        Tensor part =
            root.narrow(1, from, Math.min(PANEL, columns - from)).to(weight.scalar_type());
        above = Math.hypot(above, norm(difference.mm(part)));
        below = Math.hypot(below, norm(weight.mm(part)));
      }
    }
    return above == 0 ? 0 : above / below;
  }

  private static Factorisation finite(LayerProblem problem, Factorisation measured)
      throws FailureException {
    if (Double.isFinite(measured.weightError())
        && Double.isFinite(measured.whitenedError().orElse(0))
        && Double.isFinite(measured.targetError().orElse(0))) {
      return measured;
    }
    measured.close();
    throw new FailureException(
        "%s: the error of its factors is no finite number (weight %s, whitened %s); leave it dense with --exclude %s"
            .formatted(
                problem.name(), measured.weightError(), measured.whitenedError(), problem.name()));
  }

  /** Whether products and differences of such numbers may leave the range of F32. */
  private static boolean extreme(Tensor weight) {
    double largest;
    try (var _ = TensorScope.open()) {
      largest = weight.abs().amax().item_double();
    }
    return largest != 0 && (largest < 0x1p-60 || largest > 0x1p60);
  }

  /** ‖a‖ / ‖b‖, 0 where both are zero. */
  private static double ratio(Tensor a, Tensor b) {
    double above = norm(a);
    return above == 0 ? 0 : above / norm(b);
  }

  /** ‖a‖_F, safe from overflow and underflow of squares. */
  private static double norm(Tensor a) {
    try (var _ = TensorScope.open()) {
      return torch
          .linalg_vector_norm(
              a.flatten(),
              new Scalar(2.0),
              new long[] {0},
              false,
              new org.bytedeco.pytorch.ScalarTypeOptional(ScalarType.Double))
          .item_double();
    }
  }
}
