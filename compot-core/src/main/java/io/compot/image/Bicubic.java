package io.compot.image;

/**
 * Other sizes of pictures, as Pillow's {@code resize} with {@code BICUBIC} makes them, level for
 * level (Keys, 1981, with a = −0.5; the kernel grows with the step where a picture shrinks). First
 * the columns, then the rows; each pass sums weights of 22 bits in whole numbers, and rounds.
 */
final class Bicubic {

  private static final double A = -0.5;
  private static final int SUPPORT = 2;
  private static final int BITS = 22;

  private Bicubic() {}

  /** The picture in another size. */
  static Picture resize(Picture picture, int width, int height) {
    Picture wide = width == picture.width() ? picture : columns(picture, width);
    return height == picture.height() ? wide : rows(wide, height);
  }

  /** What a place of the new size is made of: the first place of the old one, and weights. */
  private static final class Taps {

    private final int first;
    private final int[] weights;

    private Taps(int first, int[] weights) {
      this.first = first;
      this.weights = weights;
    }

    static Taps[] of(int from, int to) {
      double step = (double) from / to;
      double scale = Math.max(step, 1);
      double reach = SUPPORT * scale;
      Taps[] all = new Taps[to];
      for (int place = 0; place < to; place++) {
        double centre = (place + 0.5) * step;
        int first = Math.max((int) (centre - reach + 0.5), 0);
        int end = Math.min((int) (centre + reach + 0.5), from);
        double[] exact = new double[end - first];
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
          exact[i] = kernel((i + first - centre + 0.5) * (1.0 / scale));
          sum += exact[i];
        }
        int[] weights = new int[exact.length];
        for (int i = 0; i < weights.length; i++) {
          double weight = exact[i] * (1.0 / sum) * (1 << BITS);
          weights[i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        all[place] = new Taps(first, weights);
      }
      return all;
    }
  }

  private static double kernel(double x) {
    double at = Math.abs(x);
    if (at < 1) {
      return ((A + 2) * at - (A + 3)) * at * at + 1;
    }
    return at < SUPPORT ? (((at - 5) * at + 8) * at - 4) * A : 0;
  }

  private static Picture columns(Picture picture, int width) {
    Taps[] taps = Taps.of(picture.width(), width);
    byte[] from = picture.shared();
    byte[] to = new byte[Math.multiplyExact(picture.height(), width * Picture.CHANNELS)];
    int at = 0;
    for (int row = 0; row < picture.height(); row++) {
      int start = row * picture.width();
      for (Taps each : taps) {
        int first = (start + each.first) * Picture.CHANNELS;
        for (int channel = 0; channel < Picture.CHANNELS; channel++) {
          to[at++] = level(from, first + channel, Picture.CHANNELS, each.weights);
        }
      }
    }
    return new Picture(width, picture.height(), to);
  }

  private static Picture rows(Picture picture, int height) {
    Taps[] taps = Taps.of(picture.height(), height);
    byte[] from = picture.shared();
    int stride = picture.width() * Picture.CHANNELS;
    byte[] to = new byte[Math.multiplyExact(height, stride)];
    for (int row = 0; row < height; row++) {
      for (int i = 0; i < stride; i++) {
        to[row * stride + i] = level(from, taps[row].first * stride + i, stride, taps[row].weights);
      }
    }
    return new Picture(picture.width(), height, to);
  }

  private static byte level(byte[] from, int first, int stride, int[] weights) {
    int sum = 1 << (BITS - 1);
    int at = first;
    for (int weight : weights) {
      sum += (from[at] & 0xFF) * weight;
      at += stride;
    }
    return (byte) Math.clamp(sum >> BITS, 0, 255);
  }
}
