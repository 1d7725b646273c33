package io.compot.method;

import io.compot.form.FactorSize;
import io.compot.form.LowRankSize;
import io.compot.form.SparseSize;

/** Refuses sizes that a method did not give for the problem's shape: an error of the caller. */
public record SizeCheck(String method, LayerProblem problem) {

  /** Orthogonal atoms or eigenvectors: 1 ≤ s ≤ k ≤ min(in, out). */
  public SparseSize sparse(FactorSize size) {
    SparseSize sparse = overComplete(size);
    if (sparse.k() > narrow()) {
      throw misfit(size);
    }
    return sparse;
  }

  /** Any dictionary: 1 ≤ s ≤ min(k, in, out). */
  public SparseSize overComplete(FactorSize size) {
    if (size instanceof SparseSize sparse
        && sparse.s() >= 1
        && sparse.s() <= Math.min(sparse.k(), narrow())) {
      return sparse;
    }
    throw misfit(size);
  }

  /** 1 ≤ r ≤ min(in, out). */
  public long rank(FactorSize size) {
    if (size instanceof LowRankSize low && low.rank() >= 1 && low.rank() <= narrow()) {
      return low.rank();
    }
    throw misfit(size);
  }

  private long narrow() {
    return Math.min(problem.in(), problem.out());
  }

  private IllegalArgumentException misfit(FactorSize size) {
    return new IllegalArgumentException(
        "%s: %s cannot factorise %d x %d at %s"
            .formatted(problem.name(), method, problem.out(), problem.in(), size));
  }
}
