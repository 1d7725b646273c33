package io.compot.pipeline.pass;

import io.compot.form.Form;
import io.compot.form.SparseForm;
import io.compot.model.SharedInput;

/**
 * How long parts of the work take against each other, for the time left: roughly, operations of
 * matrix products in millions.
 */
public final class WorkUnits {

  /** Operations of other kinds run slower than products: about this much. */
  private static final double DECOMPOSITION = 8;

  private static final double IN_DOUBLE = 2.5;

  private WorkUnits() {}

  /** A block's forward pass over the calibration tokens and its Gram matrices. */
  static double observe(Iterable<SharedInput> inputs, long tokens) {
    double operations = 0;
    for (SharedInput input : inputs) {
      operations += IN_DOUBLE * tokens * input.in() * input.in();
      for (var projection : input.projections()) {
        operations += 2.0 * tokens * projection.in() * projection.out();
      }
    }
    return operations / 1e6;
  }

  /** One factorisation. */
  public static double factorise(long in, long out, Form size, int iterations) {
    double shorter = Math.min(in, out);
    double decompose = DECOMPOSITION * in * out * shorter;
    double rounds = 0;
    if (size instanceof SparseForm sparse) {
      double round = 4.0 * shorter * sparse.k() * out + 4.0 * sparse.k() * sparse.k() * shorter;
      rounds = iterations * round;
    }
    return (decompose + rounds) / 1e6;
  }

  /** What an allocation wants to know of one projection. */
  static double profile(long in, long out) {
    return 2 * DECOMPOSITION * in * out * Math.min(in, out) / 1e6;
  }
}
