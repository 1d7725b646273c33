package io.compot.kernel;

/**
 * The values of a trellis's states: a state times an odd number, modulo 2^L, is a place u in (−1,
 * 1), and its value u(a + u⁴(b + u²⁰(c + du¹⁰⁰))).
 */
final class TrellisValues {

  static final float A = 1.2952240f;
  static final float B = 0.7561628f;
  static final float C = 0.4900649f;
  static final float D = 0.7944478f;

  private TrellisValues() {}

  /** The values of all states, times a scale. */
  static float[] of(Weight.Trellis weight) {
    int states = 1 << weight.stateBits();
    float[] values = new float[states];
    for (int state = 0; state < states; state++) {
      int place = state * weight.multiplier() & (states - 1);
      float u = (2 * place + 1 - states) * (1f / states);
      float u4 = u * u * (u * u);
      float u20 = u4 * u4 * (u4 * u4) * u4;
      float u100 = u20 * u20 * (u20 * u20) * u20;
      values[state] = weight.scale() * u * Math.fma(u4, Math.fma(u20, Math.fma(u100, D, C), B), A);
    }
    return values;
  }
}
