package io.compot.pipeline.pass;

import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.Operations;
import io.compot.model.SharedInput;

/**
 * How long parts of the work take against each other, for the time left: roughly, operations of
 * matrix products in millions.
 */
public final class WorkUnits {

  private static final double IN_DOUBLE = 2.5;

  private WorkUnits() {}

  /** A block's forward pass over the calibration tokens and its Gram matrices. */
  public static double observe(Iterable<SharedInput> inputs, long tokens) {
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
  public static long factorise(CompressionMethod method, long in, long out, Form size) {
    return (long) (method.operations(in, out, size) / 1e6);
  }

  /** What an allocation wants to know of one projection. */
  public static double profile(long in, long out) {
    return 2 * Operations.decomposition(in, out) / 1e6;
  }
}
