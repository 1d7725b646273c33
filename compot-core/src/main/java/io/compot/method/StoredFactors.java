package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.SparseCodec;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.List;
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
      return Measured.of(problem, factors, errors, rescued);
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
      return Measured.of(problem, factors, List.of(), rescued);
    }
  }

  /**
   * Whether a type holds all of both factors once they are balanced.
   *
   * @param left [out, r], double
   * @param right [r, in], double
   */
  public static boolean fit(Tensor left, Tensor right, Dtype stored) {
    try (var _ = TensorScope.open()) {
      Tensor exponents = balance(left, right);
      Tensor l = rounded(left, exponents.reciprocal(), stored);
      Tensor r = rounded(right, exponents.unsqueeze(1), stored);
      return torch.isfinite(l).all().item_bool() && torch.isfinite(r).all().item_bool();
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
}
