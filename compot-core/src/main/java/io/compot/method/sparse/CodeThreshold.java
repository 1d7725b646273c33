package io.compot.method.sparse;

import io.compot.form.SparseForm;
import io.compot.tensor.HardThreshold;
import io.compot.tensor.MatrixThreshold;
import org.bytedeco.pytorch.Tensor;

/** Which entries of a code stay. */
public enum CodeThreshold {
  /** The s largest of each column of S, as in the paper. */
  COLUMN {
    @Override
    double apply(Tensor code, SparseForm size) {
      return HardThreshold.keepLargest(code, Math.toIntExact(size.s()));
    }
  },
  /** The s·n largest of all of S, at least one a column. */
  MATRIX {
    @Override
    double apply(Tensor code, SparseForm size) {
      return MatrixThreshold.keepLargest(code, size.s() * code.size(0));
    }
  };

  /**
   * Sets all other entries to zero.
   *
   * @param code Sᵀ, [n, k], F32
   * @return the energy kept
   */
  abstract double apply(Tensor code, SparseForm size);
}
