package io.compot.method;

import io.compot.error.FailureException;
import io.compot.factor.Factors;
import io.compot.factor.LowRankFactors;
import io.compot.factor.SparseFactors;
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
final class StoredFactors {

  private StoredFactors() {}

  /**
   * A dense dictionary and a sparse code.
   *
   * @param code Sᵀ [out, k], double; the support is where the bits are not those of +0.0
   * @param dictionary Aᵀ [k, in], double
   * @param nonzeros size of the support
   */
  static Factorisation sparse(
      LayerProblem problem, Tensor code, Tensor dictionary, long nonzeros, List<Double> errors)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor exponents = balance(code, dictionary);
      Tensor values = rounded(code.mul(exponents.reciprocal()), problem.stored());
      Tensor support = code.view(ScalarType.Long).ne(new Scalar(0L));
      Tensor lost = support.logical_and(values.eq(new Scalar(0.0)));
      values = values.masked_fill(lost, new Scalar(-0.0));
      Tensor atoms = rounded(dictionary.mul(exponents.unsqueeze(1)), problem.stored());
      checkFinite(problem, values, atoms);
      return measured(
          problem, new SparseFactors(scope.own(atoms), scope.own(values), nonzeros), errors);
    }
  }

  /**
   * Two dense factors.
   *
   * @param left [out, r], double
   * @param right [r, in], double
   */
  static Factorisation lowRank(LayerProblem problem, Tensor left, Tensor right)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor exponents = balance(left, right);
      Tensor l = rounded(left.mul(exponents.reciprocal()), problem.stored());
      Tensor r = rounded(right.mul(exponents.unsqueeze(1)), problem.stored());
      checkFinite(problem, l, r);
      return measured(problem, new LowRankFactors(scope.own(l), scope.own(r)), List.of());
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

  private static Tensor rounded(Tensor exact, Dtype stored) {
    return exact.to(stored.scalarType()).contiguous();
  }

  private static void checkFinite(LayerProblem problem, Tensor... factors) throws FailureException {
    for (Tensor factor : factors) {
      if (!torch.isfinite(factor).all().item_bool()) {
        throw new FailureException(
            "%s: its factors do not fit into %s; store them as BF16 or F32"
                .formatted(problem.name(), problem.stored()));
      }
    }
  }

  private static Factorisation measured(
      LayerProblem problem, Factors factors, List<Double> iterationErrors) {
    try (var _ = TensorScope.open()) {
      Dtype computation = problem.stored() == Dtype.F64 ? Dtype.F64 : Dtype.F32;
      ScalarType type = computation.scalarType();
      Tensor weight = problem.weight().to(type);
      Tensor difference = factors.dense(computation).sub_(weight);
      double weightError = ratio(difference, weight);
      Whitening whitening = problem.whitening();
      if (whitening == null) {
        return new Factorisation(
            factors,
            OptionalDouble.empty(),
            weightError,
            iterationErrors,
            Optional.empty(),
            "none");
      }
      Tensor root = whitening.root().to(type);
      double whitened = ratio(difference.mm(root), weight.mm(root));
      String step = whitening.step().label();
      return new Factorisation(
          factors,
          OptionalDouble.of(whitened),
          weightError,
          iterationErrors,
          Optional.empty(),
          step);
    }
  }

  /** ‖a‖ / ‖b‖, 0 where both are zero. */
  private static double ratio(Tensor a, Tensor b) {
    double above = norm(a);
    return above == 0 ? 0 : above / norm(b);
  }

  /** ‖a‖_F, safe from overflow and underflow of squares. */
  private static double norm(Tensor a) {
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
