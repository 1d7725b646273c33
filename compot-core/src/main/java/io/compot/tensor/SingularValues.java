package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.linalg_eigvalsh;

import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Singular values through the eigenvalues of the smaller of AᵀA and AAᵀ. */
public final class SingularValues {

  private SingularValues() {}

  /**
   * All min(rows, columns) singular values, smallest first; those below 1e-8 of the largest are
   * rounding.
   *
   * @param a [rows, columns], double, finite; only read
   */
  public static double[] of(Tensor a) {
    try (var _ = TensorScope.open()) {
      double largest = a.abs().amax().item_double();
      if (largest == 0) {
        return new double[Math.toIntExact(Math.min(a.size(0), a.size(1)))];
      }
      double scale = Math.scalb(1.0, Math.getExponent(largest));
      Tensor scaled = a.div(new Scalar(scale));
      Tensor square = a.size(0) <= a.size(1) ? scaled.mm(scaled.t()) : scaled.t().mm(scaled);
      Tensor values = linalg_eigvalsh(square).clamp_min(new Scalar(0.0)).sqrt();
      return NativeMemory.bytes(values.mul(new Scalar(scale)).contiguous())
          .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
    }
  }
}
