package io.compot.method;

import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.SparseForm;

/** Refuses sizes that a method did not give for the problem's shape: an error of the caller. */
public record SizeCheck(String method, LayerProblem problem) {

  /** Orthogonal atoms or eigenvectors: 1 ≤ s ≤ k ≤ min(in, out). */
  public SparseForm sparse(Form size) {
    SparseForm sparse = overComplete(size);
    if (sparse.k() > narrow()) {
      throw misfit(size);
    }
    return sparse;
  }

  /** Any dictionary: 1 ≤ s ≤ min(k, in, out). */
  public SparseForm overComplete(Form size) {
    if (size instanceof SparseForm sparse
        && sparse.s() >= 1
        && sparse.s() <= Math.min(sparse.k(), narrow())) {
      return sparse;
    }
    throw misfit(size);
  }

  /** 1 ≤ r ≤ min(in, out). */
  public long rank(Form size) {
    if (size instanceof LowRankForm low && low.rank() >= 1 && low.rank() <= narrow()) {
      return low.rank();
    }
    throw misfit(size);
  }

  private long narrow() {
    return Math.min(problem.in(), problem.out());
  }

  private IllegalArgumentException misfit(Form size) {
    return new IllegalArgumentException(
        "%s: %s cannot factorise %d x %d at %s"
            .formatted(problem.name(), method, problem.out(), problem.in(), size.words()));
  }
}
