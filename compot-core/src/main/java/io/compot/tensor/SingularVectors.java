package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.linalg_eigh;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Leading right singular vectors, through the eigenvectors of AᵀA, and the singular values that
 * come with them.
 *
 * <p>Directions whose singular values lie below 1e-8 of the largest are not told apart in double;
 * they carry 1e-16 of the energy. The vectors are orthonormal to rounding whatever the rank.
 *
 * @param vectors [columns, count], orthonormal columns, largest singular value first
 * @param values all of A's columns' singular values, largest first; those below 1e-8 of the largest
 *     are rounding
 */
public record SingularVectors(Tensor vectors, List<Double> values) {

  public SingularVectors {
    values = List.copyOf(values);
  }

  /**
   * The first {@code count} right singular vectors.
   *
   * @param a [rows, columns], double, or single with half of its digits; only read. Cheapest where
   *     columns ≤ rows
   * @param count at most columns
   * @return vectors in the caller's scope
   */
  public static SingularVectors right(Tensor a, long count) {
    try (var scope = TensorScope.open()) {
      var ascending = linalg_eigh(a.t().mm(a));
      Tensor squares = ascending.get0().flip(0).clamp_min(new Scalar(0.0));
      double[] values =
          NativeMemory.bytes(squares.sqrt().to(ScalarType.Double).contiguous())
              .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
      Tensor leading = ascending.get1().flip(1).narrow(1, 0, count).contiguous();
      return new SingularVectors(scope.keep(leading), Arrays.stream(values).boxed().toList());
    }
  }

  /** The first so many of them, of the same memory. */
  public SingularVectors first(long count) {
    try (var scope = TensorScope.open()) {
      return new SingularVectors(scope.keep(vectors.narrow(1, 0, count)), values);
    }
  }
}
