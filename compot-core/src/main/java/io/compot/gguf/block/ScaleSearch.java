package io.compot.gguf.block;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Scales of a block that make Σ w·(x − x̂)² small: for each sub-block a line search over trial
 * scales, each followed by least squares for fixed codes; then the scales of the scales; then, with
 * these rounded as they are stored, small changes of every whole-numbered scale, and codes again.
 */
final class ScaleSearch {

  /** Rounds of codes and least squares after the best trial. */
  private static final int REFINEMENTS = 4;

  private final BlockType type;
  private final BlockForm form;
  private final LevelTable table;
  private final boolean affine;
  private final SubFit sub;
  private final double[] x;
  private final double[] w;
  private final double[] steps;
  private final double[] lows;
  private final double[] curvatures;

  ScaleSearch(BlockType type) {
    this.type = type;
    this.form = BlockForm.of(type);
    this.table = new LevelTable(form.levels);
    this.affine = form.scales == Scales.AFFINE || form.scales == Scales.SUPER_AFFINE;
    this.sub = new SubFit(table);
    this.x = new double[type.elements()];
    this.w = new double[type.elements()];
    int subs = type.elements() / form.sub;
    this.steps = new double[subs];
    this.lows = new double[subs];
    this.curvatures = new double[subs];
  }

  /** Fills scales and codes for one block. */
  void fit(float[] values, int at, float @Nullable [] importance, int from, BlockParts parts) {
    double total = 0;
    for (int j = 0; j < x.length; j++) {
      x[j] = values[at + j];
      w[j] = importance == null ? 1 : Math.max(0, importance[from + j]);
      total += w[j];
    }
    if (!(total > 0)) {
      Arrays.fill(w, 1);
    }
    for (int s = 0; s < steps.length; s++) {
      int begin = s * form.sub;
      if (affine) {
        sub.affine(x, w, begin, form.sub, form.scales == Scales.SUPER_AFFINE);
      } else {
        sub.symmetric(x, w, begin, form.sub);
      }
      steps[s] = sub.step;
      lows[s] = sub.low;
      curvatures[s] = sub.curvature;
    }
    switch (form.scales) {
      case ONE, AFFINE -> {
        parts.scale = half(steps[0]);
        parts.minimum = half(-lows[0]);
      }
      case POWER -> power(parts);
      case SUPER, SUPER_AFFINE ->
          new SuperScales(type, table, x, w).fit(steps, lows, curvatures, parts);
    }
    if (form.scales == Scales.SUPER || form.scales == Scales.SUPER_AFFINE) {
      return;
    }
    code(parts);
    for (int i = 0; i < REFINEMENTS && form.scales != Scales.POWER && improve(parts); i++) {
      code(parts);
    }
  }

  /** The nearest number that half precision holds, finite. */
  static float half(double value) {
    double bounded = Math.clamp(value, -65504.0, 65504.0);
    return Float.float16ToFloat(Float.floatToFloat16((float) bounded));
  }

  private void code(BlockParts parts) {
    float step = parts.step(0);
    float low = parts.low(0);
    for (int j = 0; j < x.length; j++) {
      parts.codes[j] = table.code(step == 0 ? 0 : (x[j] + low) / step);
    }
  }

  /** One more step of least squares, taken where it helps after rounding to half precision. */
  private boolean improve(BlockParts parts) {
    sub.leastSquares(x, w, parts);
    float scale = half(sub.step);
    float minimum = half(-sub.low);
    double before = error(parts);
    float oldScale = parts.scale;
    float oldMinimum = parts.minimum;
    if (scale == oldScale && minimum == oldMinimum) {
      return false;
    }
    parts.scale = scale;
    parts.minimum = minimum;
    if (error(parts) < before) {
      return true;
    }
    parts.scale = oldScale;
    parts.minimum = oldMinimum;
    return false;
  }

  private double error(BlockParts parts) {
    double error = 0;
    for (int j = 0; j < x.length; j++) {
      double difference =
          x[j] + parts.low(0) - (double) parts.step(0) * parts.levels[parts.codes[j]];
      error += w[j] * difference * difference;
    }
    return error;
  }

  /** The better of the two powers of two around the fitted step. */
  private void power(BlockParts parts) {
    int exponent =
        Math.clamp(
            Math.getExponent((float) Math.max(Math.abs(steps[0]), Float.MIN_NORMAL)), -126, 126);
    double best = Double.POSITIVE_INFINITY;
    int chosen = exponent;
    for (int e = exponent - 1; e <= exponent + 1; e++) {
      parts.scale = Math.scalb(1f, e);
      code(parts);
      double error = error(parts);
      if (error < best) {
        best = error;
        chosen = e;
      }
    }
    parts.scale = Math.scalb(1f, chosen);
  }
}
