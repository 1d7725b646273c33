package io.compot.method;

/** What a method has to be given of each projection beside its weight. */
public enum Need {
  /** The Gram matrix of the projection's input. */
  GRAM,
  /** Inputs as they come through what is compressed already, in place of the original's. */
  PREFIX,
  /** The Gram matrix of the input in the original model, beside that through the prefix. */
  ORIGINAL_GRAM,
  /** E[ggᵀ] of the gradients of the projection's outputs, from a backward pass. */
  OUTPUT_METRIC,
  /** All of the model at once: it takes parts out of it. */
  MODEL
}
