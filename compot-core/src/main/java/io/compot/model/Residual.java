package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A residual connection around a part f of a block, with norms in any of three places: after(x + m
 * · inner(f(before(x)))).
 *
 * @param before norm of what goes into the part, or null
 * @param inner norm of what comes out of it, or null
 * @param after norm of the sum, or null
 * @param multiplier m
 */
record Residual(
    @Nullable Norm before, @Nullable Norm inner, @Nullable Norm after, double multiplier) {

  /**
   * The connection around a part.
   *
   * @param x [B, T, H]
   * @param part gives a tensor of the same shape that nobody else uses, in the caller's scope
   * @return [B, T, H], in the caller's scope
   */
  Tensor around(Tensor x, UnaryOperator<Tensor> part) {
    try (var scope = TensorScope.open()) {
      Tensor made = part.apply(before == null ? x : before.apply(x));
      if (inner != null) {
        made = inner.apply(made);
      }
      if (multiplier != 1) {
        made = made.mul(new Scalar(multiplier));
      }
      Tensor sum = made.add_(x);
      return scope.keep(after == null ? sum : after.apply(sum));
    }
  }

  /** A connection with the given norms. */
  record Spec(
      @Nullable Part<Norm> before,
      @Nullable Part<Norm> inner,
      @Nullable Part<Norm> after,
      double multiplier)
      implements Part<Residual> {

    /** With a norm in front of the part. */
    static Spec before(Part<Norm> norm) {
      return new Spec(norm, null, null, 1);
    }

    /** With a norm of the sum. */
    static Spec after(Part<Norm> norm) {
      return new Spec(null, null, norm, 1);
    }

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(
              Stream.ofNullable(before), Stream.ofNullable(inner), Stream.ofNullable(after))
          .flatMap(norm -> norm)
          .flatMap(Part::tensors);
    }

    @Override
    public Residual load(Weights weights) throws InputException {
      return new Residual(
          loaded(before, weights), loaded(inner, weights), loaded(after, weights), multiplier);
    }

    private static @Nullable Norm loaded(@Nullable Part<Norm> norm, Weights weights)
        throws InputException {
      return norm == null ? null : norm.load(weights);
    }
  }
}
