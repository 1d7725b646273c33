package io.compot.method.sparse;

import org.bytedeco.pytorch.Tensor;

/**
 * How the alternation goes from one dictionary to the next, beyond the plain Procrustes step. One
 * for each run: it remembers what came before.
 */
interface DictionaryStep {

  /**
   * Looks at DᵀR before it becomes a code.
   *
   * @param coefficients RᵀD, [n, k], F32; only read
   */
  default void beforeThreshold(Tensor coefficients) {}

  /**
   * Moves the dictionary.
   *
   * @param dictionary D, [p, k], F32, orthonormal columns, changed in place
   * @param correlation M = RSᵀ, [p, k], F32; only read
   * @param code Sᵀ, [n, k], F32; only read
   * @return whether that was more than the plain step, which {@link #undo} then can take back
   */
  boolean apply(Tensor dictionary, Tensor correlation, Tensor code);

  /** Takes the last step back, and all it has led to, because the error rose. */
  void undo(Tensor dictionary);

  /** Hears that the last step holds. */
  default void accept(Tensor correlation) {}
}
