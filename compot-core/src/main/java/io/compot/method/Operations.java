package io.compot.method;

import io.compot.form.Form;
import io.compot.form.SparseForm;

/** Operations of parts of methods, roughly, in those of matrix products. */
public final class Operations {

  /** A decomposition runs slower than a product of its operations: about this much. */
  private static final double SLOWER = 8;

  private Operations() {}

  /** A singular value decomposition, or several eigenvalue problems. */
  public static double decomposition(long in, long out) {
    return SLOWER * in * out * Math.min(in, out);
  }

  /** A decomposition to start from, and rounds of dictionary and code one after another. */
  public static double alternation(long in, long out, Form form, int rounds) {
    double shorter = Math.min(in, out);
    double each = 0;
    if (form instanceof SparseForm sparse) {
      each = 4.0 * shorter * sparse.k() * out + 4.0 * sparse.k() * sparse.k() * shorter;
    }
    return decomposition(in, out) + rounds * each;
  }
}
