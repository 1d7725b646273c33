package io.compot.image;

import io.compot.error.UsageException;

/**
 * The size that a picture is given before it is cut into patches: sides that are multiples of a
 * number, pixels within bounds, and about the same shape.
 *
 * @param factor that the sides are multiples of: patch size × merge size
 * @param minPixels fewest
 * @param maxPixels most, which very long pictures may exceed
 * @param rule how sides are rounded
 */
public record SmartSize(int factor, long minPixels, long maxPixels, Rule rule) {

  /** Pictures that are longer are refused. */
  private static final double LONGEST = 200;

  /** Whose {@code smart_resize}. */
  public enum Rule {
    /** Of transformers' processor. */
    TRANSFORMERS,
    /** Of {@code qwen_vl_utils}, in which no side rounds to nothing. */
    QWEN_VL_UTILS
  }

  /** Height and width. */
  public record Size(int height, int width) {}

  /**
   * The new size.
   *
   * @throws UsageException where the picture is too long for its width, or nothing would be left
   */
  public Size of(int height, int width) throws UsageException {
    double shape = (double) Math.max(height, width) / Math.min(height, width);
    if (shape > LONGEST) {
      throw new UsageException(
          "an image of %d x %d pixels is more than %.0f times as long as wide; cut it"
              .formatted(width, height, LONGEST));
    }
    long high = rounded(height);
    long wide = rounded(width);
    if (rule == Rule.QWEN_VL_UTILS) {
      high = Math.max(factor, high);
      wide = Math.max(factor, wide);
    }
    if (high * wide > maxPixels) {
      double beta = Math.sqrt((double) height * width / maxPixels);
      high = floor(height / beta);
      wide = floor(width / beta);
      if (rule == Rule.TRANSFORMERS) {
        high = Math.max(factor, high);
        wide = Math.max(factor, wide);
      }
    } else if (high * wide < minPixels) {
      double beta = Math.sqrt((double) minPixels / ((double) height * width));
      high = ceil(height * beta);
      wide = ceil(width * beta);
    }
    if (high < 1 || wide < 1) {
      throw new UsageException(
          "of an image of %d x %d pixels nothing would be left; cut it".formatted(width, height));
    }
    return new Size(Math.toIntExact(high), Math.toIntExact(wide));
  }

  /** Halves go to the even number. */
  private long rounded(int side) {
    return (long) Math.rint((double) side / factor) * factor;
  }

  private long floor(double side) {
    return (long) Math.floor(side / factor) * factor;
  }

  private long ceil(double side) {
    return (long) Math.ceil(side / factor) * factor;
  }
}
