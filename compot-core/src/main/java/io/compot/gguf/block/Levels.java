package io.compot.gguf.block;

/** Levels that are not evenly spaced. */
final class Levels {

  private Levels() {}

  /** Of IQ4_NL and IQ4_XS: denser around zero, as weights are. */
  static int[] curve() {
    return new int[] {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  }

  /** Of MXFP4: four-bit floating point (sign, two bits of exponent, one of mantissa), doubled. */
  static int[] fp4() {
    return new int[] {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  }
}
