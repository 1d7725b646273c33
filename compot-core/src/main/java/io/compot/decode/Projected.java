package io.compot.decode;

import io.compot.kernel.Weight;
import org.jspecify.annotations.Nullable;

/** A linear projection. */
public final class Projected {

  private final Weight weight;
  private final float @Nullable [] bias;

  /**
   * @param bias [out], or null
   */
  public Projected(Weight weight, float @Nullable [] bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /** See the constructor. */
  public Weight weight() {
    return weight;
  }

  /** See the constructor. */
  public float @Nullable [] bias() {
    return bias;
  }

  /** Adds the bias to the products [count, out]. */
  void addBias(float[] y, int count) {
    if (bias != null) {
      for (int row = 0; row < count; row++) {
        for (int i = 0; i < bias.length; i++) {
          y[row * bias.length + i] += bias[i];
        }
      }
    }
  }
}
