package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** Normalisation over the last dimension. */
interface Norm {

  /** The normalised tensor, of x's shape and type, in the caller's scope. */
  Tensor apply(Tensor x);
}
