package io.compot.gguf.block;

/**
 * The rounding of ggml's reference code for types whose scale follows from the block's extremes
 * alone: the same bytes. Scales are computed and applied in single precision before they are
 * rounded to the half precision that is stored.
 */
final class NearestRounding {

  private NearestRounding() {}

  /** Whether ggml defines a rounding without a search for this type. */
  static boolean defines(BlockType type) {
    return switch (type) {
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, MXFP4, TQ1_0, TQ2_0 -> true;
      default -> false;
    };
  }

  /** Fills scales and codes for one block of values. */
  static void round(BlockType type, float[] x, int at, BlockParts parts) {
    int n = parts.codes.length;
    float extreme = 0;
    float least = x[at];
    float most = x[at];
    for (int j = 0; j < n; j++) {
      float value = x[at + j];
      extreme = Math.abs(value) > Math.abs(extreme) ? value : extreme;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    float magnitude = Math.abs(extreme);
    int[] levels = parts.levels;
    int top = levels.length - 1;
    switch (type) {
      case Q4_0, Q5_0 -> truncated(parts, x, at, extreme / levels[0], 0, 0.5f - levels[0]);
      case Q4_1, Q5_1 -> {
        truncated(parts, x, at, (most - least) / top, least, 0.5f);
        parts.minimum = least;
      }
      case Q8_0 -> symmetric(parts, x, at, magnitude / 127, 128);
      case TQ1_0, TQ2_0 -> symmetric(parts, x, at, magnitude, 1);
      case MXFP4 -> powerOfTwo(parts, x, at, magnitude);
      default -> throw new IllegalArgumentException("no reference rounding for " + type);
    }
  }

  private static void truncated(
      BlockParts parts, float[] x, int at, float scale, float least, float shift) {
    float inverse = scale == 0 ? 0 : 1 / scale;
    int top = parts.levels.length - 1;
    for (int j = 0; j < parts.codes.length; j++) {
      parts.codes[j] = Math.clamp((int) ((x[at + j] - least) * inverse + shift), 0, top);
    }
    parts.scale = scale;
  }

  private static void symmetric(BlockParts parts, float[] x, int at, float scale, int zero) {
    float inverse = scale == 0 ? 0 : 1 / scale;
    for (int j = 0; j < parts.codes.length; j++) {
      float scaled = x[at + j] * inverse;
      // Halves away from zero, as C rounds.
      parts.codes[j] = zero + (int) (scaled + Math.copySign(0.5f, scaled));
    }
    parts.scale = scale;
  }

  private static void powerOfTwo(BlockParts parts, float[] x, int at, float magnitude) {
    float log = (float) (Math.log(magnitude) / Math.log(2));
    int exponent = magnitude > 0 ? Math.max(-128, (int) Math.floor(log) - 3) : -128;
    parts.scale = Math.scalb(1f, exponent);
    for (int j = 0; j < parts.codes.length; j++) {
      int best = 0;
      float bestError = Float.POSITIVE_INFINITY;
      for (int code = 0; code < parts.levels.length; code++) {
        float error = Math.abs(parts.levels[code] * parts.scale - x[at + j]);
        if (error < bestError) {
          best = code;
          bestError = error;
        }
      }
      parts.codes[j] = best;
    }
  }
}
