package io.compot.audio;

/**
 * Triangles that sum a power spectrum into bands of equal width on the mel scale, each of area 1
 * (Slaney, Auditory Toolbox, 1998): the scale is linear up to 1 kHz and logarithmic above.
 */
final class MelFilters {

  private static final double LINEAR_HERTZ = 200.0 / 3;
  private static final double BREAK_HERTZ = 1000;
  private static final double BREAK_MEL = BREAK_HERTZ / LINEAR_HERTZ;
  private static final double LOG_STEP = Math.log(6.4) / 27;

  private MelFilters() {}

  /**
   * The triangles from 0 to half the rate.
   *
   * @param bins of the spectrum, from 0 to half the rate
   * @return [bands, bins], row after row
   */
  static double[] of(int bands, int bins, int rate) {
    double[] edges = new double[bands + 2];
    double top = mel(rate / 2.0);
    for (int i = 0; i < edges.length; i++) {
      edges[i] = hertz(top * i / (bands + 1));
    }
    double[] filters = new double[bands * bins];
    for (int band = 0; band < bands; band++) {
      double low = edges[band];
      double middle = edges[band + 1];
      double high = edges[band + 2];
      for (int bin = 0; bin < bins; bin++) {
        double frequency = rate / 2.0 * bin / (bins - 1);
        double rising = (frequency - low) / (middle - low);
        double falling = (high - frequency) / (high - middle);
        double height = Math.max(0, Math.min(rising, falling));
        filters[band * bins + bin] = height * 2 / (high - low);
      }
    }
    return filters;
  }

  private static double mel(double hertz) {
    return hertz < BREAK_HERTZ
        ? hertz / LINEAR_HERTZ
        : BREAK_MEL + Math.log(hertz / BREAK_HERTZ) / LOG_STEP;
  }

  private static double hertz(double mel) {
    return mel < BREAK_MEL
        ? mel * LINEAR_HERTZ
        : BREAK_HERTZ * Math.exp(LOG_STEP * (mel - BREAK_MEL));
  }
}
