package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;

/** Refuses hidden states, inputs and gradients with which nothing can be computed. */
final class Activations {

  /**
   * Norms sum squares in F32, which overflow beyond this and turn whole rows into zeros without a
   * word.
   */
  private static final double LARGEST = 0x1p60;

  private static final String ADVICE =
      "on the calibration text; compute in f32, or check that the checkpoint is sound";

  private Activations() {}

  /** How a message begins; found out only where there is one. */
  @FunctionalInterface
  interface Whose {
    String text() throws CompotException;
  }

  /**
   * Refuses what the next block cannot take in.
   *
   * @param states hidden states, any floating type
   * @param whose how the message begins, e.g. "block 3: its output"
   * @throws FailureException where an entry is NaN, infinite or beyond what norms can square
   */
  static void requireUsable(Tensor states, Whose whose) throws CompotException {
    double largest = largest(states);
    if (!Double.isFinite(largest)) {
      throw notFinite(whose.text());
    }
    if (largest > LARGEST) {
      throw new FailureException(
          "%s reaches %.2g, beyond what norms can square in f32 (%.2g), on the calibration text; check that the checkpoint is sound, or scale its weights down"
              .formatted(whose.text(), largest, LARGEST));
    }
  }

  /**
   * Refuses what is no number.
   *
   * @throws FailureException where an entry is NaN or infinite
   */
  static void requireFinite(Tensor tensor, String whose) throws FailureException {
    if (!finite(tensor)) {
      throw notFinite(whose);
    }
  }

  static boolean finite(Tensor tensor) {
    return Double.isFinite(largest(tensor));
  }

  private static FailureException notFinite(String whose) {
    return new FailureException(whose + " has NaN or infinite entries " + ADVICE);
  }

  /** NaN where any entry is; 0 for none, as of an expert that no token reached. */
  private static double largest(Tensor tensor) {
    try (var _ = TensorScope.open()) {
      return tensor.numel() == 0 ? 0 : tensor.detach().abs().amax().item_double();
    }
  }
}
