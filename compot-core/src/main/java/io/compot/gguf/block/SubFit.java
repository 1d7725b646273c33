package io.compot.gguf.block;

/**
 * Step and low of one sub-block in real numbers: x ≈ step·level − low. The results stand in the
 * fields until the next call.
 */
final class SubFit {

  private static final int SYMMETRIC_TRIALS = 12;
  private static final int AFFINE_TRIALS = 36;

  private final LevelTable table;

  /** What a level is worth. */
  double step;

  /** What is taken off. */
  double low;

  /** Half the second derivative of the error by the step: what a wrong step costs. */
  double curvature;

  SubFit(LevelTable table) {
    this.table = table;
  }

  /**
   * A step alone, of either sign: the side of the levels that reaches further takes the larger
   * weights.
   */
  void symmetric(double[] x, double[] w, int from, int n) {
    double magnitude = 0;
    for (int j = from; j < from + n; j++) {
      magnitude = Math.max(magnitude, Math.abs(x[j]));
    }
    step = 0;
    low = 0;
    curvature = 0;
    if (magnitude == 0) {
      return;
    }
    double bestGain = 0;
    int extreme = Math.abs(table.extreme());
    boolean oneSided = table.most() != -table.least();
    // Up to an eighth of the range is clipped, or left empty.
    for (int k = -SYMMETRIC_TRIALS; k <= SYMMETRIC_TRIALS; k++) {
      double inverse = extreme * (1 + k * 0.125 / SYMMETRIC_TRIALS) / magnitude;
      for (int sign = 1; sign >= (oneSided ? -1 : 1); sign -= 2) {
        bestGain = tryInverse(x, w, from, n, sign * inverse, bestGain);
      }
    }
    for (int i = 0; i < 3 && step != 0; i++) {
      double gain = tryInverse(x, w, from, n, 1 / step, bestGain);
      if (gain <= bestGain) {
        break;
      }
      bestGain = gain;
    }
  }

  /** Σ w·x·l squared over Σ w·l² is what the best step for these levels takes off the error. */
  private double tryInverse(
      double[] x, double[] w, int from, int n, double inverse, double bestGain) {
    double xl = 0;
    double ll = 0;
    for (int j = from; j < from + n; j++) {
      double level = table.level(x[j] * inverse);
      xl += w[j] * x[j] * level;
      ll += w[j] * level * level;
    }
    if (ll > 0 && xl * xl > bestGain * ll) {
      step = xl / ll;
      curvature = ll;
      return xl * xl / ll;
    }
    return bestGain;
  }

  /**
   * A step above zero and a low.
   *
   * @param notNegative whether the low must be at least zero
   */
  void affine(double[] x, double[] w, int from, int n, boolean notNegative) {
    double least = notNegative ? 0 : Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (int j = from; j < from + n; j++) {
      least = Math.min(least, x[j]);
      most = Math.max(most, x[j]);
    }
    step = 0;
    low = -least;
    curvature = 0;
    if (!(most > least)) {
      return;
    }
    double best = Double.POSITIVE_INFINITY;
    for (int k = -AFFINE_TRIALS / 2; k <= AFFINE_TRIALS / 2; k++) {
      double inverse = (table.most() + 0.05 * k * (1 + table.most() / 15.0)) / (most - least);
      best = tryAffine(x, w, from, n, inverse, -least, notNegative, best);
    }
    for (int i = 0; i < 4 && step > 0; i++) {
      double error = tryAffine(x, w, from, n, 1 / step, low, notNegative, best);
      if (error >= best) {
        break;
      }
      best = error;
    }
  }

  private double tryAffine(
      double[] x,
      double[] w,
      int from,
      int n,
      double inverse,
      double trialLow,
      boolean notNegative,
      double best) {
    if (!(inverse > 0)) {
      return best;
    }
    double sw = 0;
    double sx = 0;
    double sl = 0;
    double sll = 0;
    double sxl = 0;
    double sxx = 0;
    for (int j = from; j < from + n; j++) {
      double level = table.level((x[j] + trialLow) * inverse);
      double weight = w[j];
      sw += weight;
      sx += weight * x[j];
      sxx += weight * x[j] * x[j];
      sl += weight * level;
      sll += weight * level * level;
      sxl += weight * x[j] * level;
    }
    double determinant = sw * sll - sl * sl;
    if (!(determinant > 1e-12 * sw * sll)) {
      return best;
    }
    double fittedStep = (sw * sxl - sx * sl) / determinant;
    double fittedLow = (sl * sxl - sll * sx) / determinant;
    if (notNegative && fittedLow < 0) {
      fittedLow = 0;
      fittedStep = sxl / sll;
    }
    if (!(fittedStep > 0)) {
      return best;
    }
    double error =
        sxx
            - 2 * fittedStep * sxl
            + 2 * fittedLow * sx
            + fittedStep * fittedStep * sll
            - 2 * fittedStep * fittedLow * sl
            + fittedLow * fittedLow * sw;
    if (error < best) {
      step = fittedStep;
      low = fittedLow;
      curvature = sll;
      return error;
    }
    return best;
  }

  /** Step and low of a whole block for its codes as they are. */
  void leastSquares(double[] x, double[] w, BlockParts parts) {
    double sw = 0;
    double sx = 0;
    double sl = 0;
    double sll = 0;
    double sxl = 0;
    for (int j = 0; j < x.length; j++) {
      double level = parts.levels[parts.codes[j]];
      sw += w[j];
      sx += w[j] * x[j];
      sl += w[j] * level;
      sll += w[j] * level * level;
      sxl += w[j] * x[j] * level;
    }
    step = parts.scale;
    low = parts.low(0);
    double determinant = sw * sll - sl * sl;
    if (parts.scales == Scales.AFFINE) {
      if (determinant > 1e-12 * sw * sll) {
        step = (sw * sxl - sx * sl) / determinant;
        low = (sl * sxl - sll * sx) / determinant;
      }
    } else if (sll > 0) {
      step = sxl / sll;
    }
  }
}
