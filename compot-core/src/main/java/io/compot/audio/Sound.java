package io.compot.audio;

/** One channel of sound. */
public final class Sound {

  private final float[] samples;
  private final int rate;

  /**
   * Sound that nobody changes any more.
   *
   * @param samples from -1 to 1
   * @param rate samples a second
   */
  Sound(float[] samples, int rate) {
    this.samples = samples;
    this.rate = rate;
  }

  /** From -1 to 1; not to be written to. */
  public float[] samples() {
    return samples;
  }

  /** Samples a second. */
  public int rate() {
    return rate;
  }

  /** How long it is. */
  public double seconds() {
    return (double) samples.length / rate;
  }
}
