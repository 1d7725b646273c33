package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/**
 * One linear projection of a model, whatever it is stored as. Every projection a model applies is
 * reached through this interface, so that observing its input is a decorator and replacing its
 * weight is another implementation.
 */
public interface Linear extends AutoCloseable {

  /** The checkpoint name without {@code .weight}, e.g. {@code model.layers.0.self_attn.q_proj}. */
  String name();

  /** Input features. */
  long in();

  /** Output features. */
  long out();

  /**
   * y = x Wᵀ + b over the last dimension; the result belongs to the caller's scope.
   *
   * @param x [..., in] in the model's computation type
   */
  Tensor apply(Tensor x);

  /** Frees what this projection owns. */
  @Override
  void close();
}
