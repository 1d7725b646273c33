package io.compot.allocation.option;

/** What an allocator has to know of each projection beyond its shape and its options' bits. */
public enum ProfileFact {
  /** Singular values of the raw weight. */
  WEIGHT_SPECTRUM,
  /** Singular values of the whitened weight. */
  WHITENED_SPECTRUM,
  /** {@link ErrorMeasure#WEIGHT} of every option. */
  WEIGHT_ERROR,
  /** {@link ErrorMeasure#WHITENED} of every option. */
  WHITENED_ERROR,
  /** {@link ErrorMeasure#LOSS_RISE} of every option. */
  LOSS_RISE,
  /** The part of its bits that is gone where ranks were trained towards the very budget. */
  TRAINED_RATIO
}
