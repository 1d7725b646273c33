package io.compot.model;

import io.compot.error.InputException;
import io.compot.safetensors.WeightSource;

/** The one look at every number of a checkpoint that tells whether it can be worked on. */
public final class CheckpointNumbers {

  private CheckpointNumbers() {}

  /**
   * Reads all weights once, without keeping them.
   *
   * @throws InputException naming the first tensor that holds NaN or an infinity
   */
  public static void check(WeightSource weights) throws InputException {
    for (String name : weights.names()) {
      weights.requireFinite(name);
    }
  }
}
