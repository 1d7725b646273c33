package io.compot.pipeline.pass;

import io.compot.calibration.Gram;
import io.compot.error.CompotException;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;

/**
 * A whitened Gram matrix.
 *
 * @param unit what the whitening's root is to be multiplied by for the units of the Gram matrix
 */
record WhitenedInput(Whitening whitening, double unit) implements AutoCloseable {

  /**
   * Whitens a matrix, and closes it: a whitening is as large.
   *
   * @param name of the projections that it belongs to, for messages
   */
  static WhitenedInput of(Gram observed, String name) throws CompotException {
    try (Gram gram = observed;
        var _ = TensorScope.open()) {
      Whitening whitening = Whitening.of(gram.matrix(), name);
      double energy = gram.matrix().diagonal().sum().item_double();
      return new WhitenedInput(
          whitening, Math.sqrt(energy) / whitening.root().norm().item_double());
    }
  }

  @Override
  public void close() {
    whitening.close();
  }
}
