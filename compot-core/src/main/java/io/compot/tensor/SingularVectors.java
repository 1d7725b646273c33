package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.linalg_eigh;

import org.bytedeco.pytorch.Tensor;

/**
 * Leading right singular vectors, through the eigenvectors of AᵀA.
 *
 * <p>Directions whose singular values lie below 1e-8 of the largest are not told apart in double;
 * they carry 1e-16 of the energy. The vectors are orthonormal to rounding whatever the rank.
 */
public final class SingularVectors {

  private SingularVectors() {}

  /**
   * The first {@code count} right singular vectors, largest singular value first.
   *
   * @param a [rows, columns], double; only read. Cheapest where columns ≤ rows
   * @param count at most columns
   * @return [columns, count], orthonormal columns, in the caller's scope
   */
  public static Tensor right(Tensor a, long count) {
    try (var scope = TensorScope.open()) {
      Tensor ascending = linalg_eigh(a.t().mm(a)).get1();
      Tensor descending = ascending.flip(1);
      return scope.keep(descending.narrow(1, 0, count).contiguous());
    }
  }
}
