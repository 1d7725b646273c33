package io.compot.gguf.block;

/**
 * The scales of a block's scales. From the steps (and lows) that its sub-blocks would like, a trial
 * scale rounds them to whole numbers; the best trial, judged by what wrong steps cost, is stored in
 * half precision; then each sub-block takes the whole numbers around its wish that are best for its
 * weights, and the two scales follow by least squares, a few times over.
 */
final class SuperScales {

  private static final int TRIALS = 20;
  private static final int ROUNDS = 3;

  private final BlockForm form;
  private final LevelTable table;
  private final double[] x;
  private final double[] w;
  private final boolean affine;
  private final int least;
  private final int most;

  SuperScales(BlockType type, LevelTable table, double[] x, double[] w) {
    this.form = BlockForm.of(type);
    this.table = table;
    this.x = x;
    this.w = w;
    this.affine = form.scales == Scales.SUPER_AFFINE;
    this.least =
        switch (type) {
          case Q6_K -> -128;
          case Q3_K, IQ4_XS -> -32;
          default -> 0;
        };
    this.most =
        switch (type) {
          case Q6_K -> 127;
          case Q3_K, IQ4_XS -> 31;
          case Q2_K -> 15;
          default -> 63;
        };
  }

  void fit(double[] steps, double[] lows, double[] curvatures, BlockParts parts) {
    parts.scale = scale(steps, curvatures);
    double[] weights = new double[lows.length];
    for (int j = 0; j < x.length; j++) {
      weights[j / form.sub] += w[j];
    }
    parts.minimum = affine ? scale(lows, weights) : 0;
    for (int s = 0; s < parts.subs(); s++) {
      parts.subScales[s] = nearest(steps[s], parts.scale);
      parts.subMinima[s] = affine ? nearest(lows[s], parts.minimum) : 0;
    }
    double best = settle(parts);
    for (int round = 0; round < ROUNDS; round++) {
      float oldScale = parts.scale;
      float oldMinimum = parts.minimum;
      int[] oldScales = parts.subScales.clone();
      int[] oldMinima = parts.subMinima.clone();
      leastSquares(parts);
      double error = settle(parts);
      if (!(error < best)) {
        parts.scale = oldScale;
        parts.minimum = oldMinimum;
        System.arraycopy(oldScales, 0, parts.subScales, 0, oldScales.length);
        System.arraycopy(oldMinima, 0, parts.subMinima, 0, oldMinima.length);
        break;
      }
      best = error;
    }
    for (int s = 0; s < parts.subs(); s++) {
      code(parts, s);
    }
  }

  /** The scale, in half precision, at which whole multiples come nearest to all wishes. */
  private float scale(double[] wishes, double[] costs) {
    double extreme = 0;
    for (double wish : wishes) {
      extreme = Math.abs(wish) > Math.abs(extreme) ? wish : extreme;
    }
    // The longer side of the whole numbers takes the largest wish, whatever its sign.
    int side = -least > most ? least : most;
    float best = 0;
    double bestCost = Double.POSITIVE_INFINITY;
    for (int k = 0; k < TRIALS && extreme != 0; k++) {
      float trial = ScaleSearch.half(extreme / (side * (1 - k * 0.4 / TRIALS)));
      double cost = 0;
      for (int s = 0; s < wishes.length; s++) {
        double difference = wishes[s] - (double) trial * nearest(wishes[s], trial);
        cost += costs[s] * difference * difference;
      }
      if (trial != 0 && cost < bestCost) {
        best = trial;
        bestCost = cost;
      }
    }
    return best;
  }

  private int nearest(double wish, float scale) {
    return scale == 0 ? 0 : (int) Math.clamp(Math.rint(wish / scale), least, most);
  }

  /**
   * Moves each sub-block's whole numbers by at most one where that helps; gives the whole error.
   */
  private double settle(BlockParts parts) {
    double total = 0;
    for (int s = 0; s < parts.subs(); s++) {
      int scale = parts.subScales[s];
      int minimum = parts.subMinima[s];
      double best = Double.POSITIVE_INFINITY;
      int bestScale = scale;
      int bestMinimum = minimum;
      for (int a = Math.max(least, scale - 1); a <= Math.min(most, scale + 1); a++) {
        for (int b = affine ? Math.max(0, minimum - 1) : 0;
            b <= (affine ? Math.min(most, minimum + 1) : 0);
            b++) {
          double error = error(parts, s, parts.scale * a, affine ? parts.minimum * b : 0, best);
          if (error < best) {
            best = error;
            bestScale = a;
            bestMinimum = b;
          }
        }
      }
      parts.subScales[s] = bestScale;
      parts.subMinima[s] = bestMinimum;
      total += best;
    }
    return total;
  }

  private double error(BlockParts parts, int s, float step, float low, double enough) {
    double inverse = step == 0 ? 0 : 1.0 / step;
    double error = 0;
    int end = (s + 1) * parts.sub;
    for (int j = s * parts.sub; j < end && error < enough; j++) {
      double shifted = x[j] + low;
      double difference = shifted - (double) step * table.level(shifted * inverse);
      error += w[j] * difference * difference;
    }
    return error;
  }

  private void code(BlockParts parts, int s) {
    float step = parts.step(s);
    float low = parts.low(s);
    double inverse = step == 0 ? 0 : 1.0 / step;
    for (int j = s * parts.sub; j < (s + 1) * parts.sub; j++) {
      parts.codes[j] = table.code((x[j] + low) * inverse);
    }
  }

  /** Both scales of the block for whole numbers and codes as they are. */
  private void leastSquares(BlockParts parts) {
    double aa = 0;
    double ab = 0;
    double bb = 0;
    double ax = 0;
    double bx = 0;
    for (int s = 0; s < parts.subs(); s++) {
      code(parts, s);
      for (int j = s * parts.sub; j < (s + 1) * parts.sub; j++) {
        double a = (double) parts.subScales[s] * parts.levels[parts.codes[j]];
        double b = affine ? -parts.subMinima[s] : 0;
        aa += w[j] * a * a;
        ab += w[j] * a * b;
        bb += w[j] * b * b;
        ax += w[j] * a * x[j];
        bx += w[j] * b * x[j];
      }
    }
    double determinant = aa * bb - ab * ab;
    if (affine && determinant > 1e-12 * aa * bb) {
      parts.scale = ScaleSearch.half((ax * bb - bx * ab) / determinant);
      parts.minimum = ScaleSearch.half((bx * aa - ax * ab) / determinant);
    } else if (aa > 0) {
      parts.scale = ScaleSearch.half((ax + (affine ? parts.minimum * -ab : 0)) / aa);
    }
  }
}
