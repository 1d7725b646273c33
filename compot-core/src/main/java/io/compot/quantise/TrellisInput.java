package io.compot.quantise;

import io.compot.error.FailureException;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import org.bytedeco.pytorch.Tensor;

/**
 * What trellis codes need of an input: how it is turned, and the feedback of its turned Gram
 * matrix. Shared by all projections with the same input; closed by its owner.
 */
public record TrellisInput(Rotation rotation, Feedback feedback) implements Whitening.Derived {

  /** Less than GPTQ's: no direction of a turned input is weak by itself. */
  private static final double DAMPING = 0.01;

  /**
   * That of a whitening's Gram matrix, which all projections with the input share; it belongs to
   * the whitening. The signs are the same for all inputs of a size.
   *
   * @throws FailureException as {@link Feedback#of}
   */
  public static TrellisInput shared(Whitening whitening, String name) throws FailureException {
    return whitening.derived(
        TrellisInput.class, TrellisInput.class, gram -> of(gram, gram.size(0), name));
  }

  /**
   * Turns and decomposes a Gram matrix.
   *
   * @param gram XᵀX, [in, in], double; only read
   * @param seed of the signs
   * @param name the projections it belongs to, for messages
   * @throws FailureException as {@link Feedback#of}
   */
  public static TrellisInput of(Tensor gram, long seed, String name) throws FailureException {
    return of(gram, seed, DAMPING, name);
  }

  static TrellisInput of(Tensor gram, long seed, double damping, String name)
      throws FailureException {
    var rotation = new Rotation(gram.size(0), seed);
    try (var _ = TensorScope.open()) {
      Tensor turned = rotation.congruent(gram);
      return new TrellisInput(rotation, Feedback.of(turned, Feedback.Order.NATURAL, damping, name));
    }
  }

  @Override
  public void close() {
    feedback.close();
  }
}
