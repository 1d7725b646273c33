package io.compot.allocation.option;

/** What an option's expected error means; 0 is the dense weight in each of them. */
public enum ErrorMeasure {
  /** ‖L(W−W̃)‖_F / ‖LW‖_F with LᵀL the Gram matrix of the projection's input. */
  WHITENED(ProfileFact.WHITENED_ERROR),
  /** ‖W−W̃‖_F / ‖W‖_F. */
  WEIGHT(ProfileFact.WEIGHT_ERROR),
  /** Predicted rise of the mean loss in nats a token when this projection alone is replaced. */
  LOSS_RISE(ProfileFact.LOSS_RISE);

  private final ProfileFact fact;

  ErrorMeasure(ProfileFact fact) {
    this.fact = fact;
  }

  /** The fact that an allocator reading this measure needs. */
  public ProfileFact fact() {
    return fact;
  }
}
