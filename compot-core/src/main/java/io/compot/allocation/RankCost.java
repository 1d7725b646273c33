package io.compot.allocation;

/** What keeping r singular values of a matrix counts as, while a pool is trimmed. */
@FunctionalInterface
public interface RankCost {

  /**
   * The part of the dense matrix's numbers that r singular values count as.
   *
   * @param in input features
   * @param out output features
   * @param rank singular values kept
   * @return more than 1 counts as 1
   */
  double fraction(long in, long out, long rank);

  /** Two low-rank factors: r(in + out). */
  static RankCost lowRank() {
    return (in, out, rank) -> rank * (double) (in + out) / ((double) in * out);
  }

  /**
   * A dictionary of r atoms and a code of r/ρ nonzeros a column with its mask (COMPOT Eq. 11).
   *
   * @param rho k/s
   * @param width bits a stored number
   */
  static RankCost sparse(double rho, int width) {
    return (in, out, rank) -> rank * (in + out / rho + out / (double) width) / ((double) in * out);
  }
}
