package io.compot.method.sparse;

/** The first dictionary of COMPOT. */
public enum Initialisation {
  /** The k leading left singular vectors of LW, the paper's default. */
  SVD,
  /** Gaussian columns, orthonormalised; needs about three times the iterations. */
  RANDOM
}
