package io.compot.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * Levels of red, green and blue as Pillow has them, out of what is stored: Java's own conversion
 * would change the brightness of grey and of print.
 */
final class Pixels {

  private static final int FULL = 255;

  private Pixels() {}

  /** An image that has a raster and no colours of its own, as those of print. */
  static BufferedImage plain(Raster raster) {
    var model =
        new ComponentColorModel(
            new FourColours(), false, false, ColorModel.OPAQUE, raster.getTransferType());
    return new BufferedImage(
        model, (WritableRaster) raster.createTranslatedChild(0, 0), false, null);
  }

  /** Stands for colours that nobody asks Java to convert. */
  private static final class FourColours extends ColorSpace {
    private static final long serialVersionUID = 1;

    FourColours() {
      super(TYPE_CMYK, 4);
    }

    @Override
    public float[] toRGB(float[] value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] fromRGB(float[] value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] toCIEXYZ(float[] value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] fromCIEXYZ(float[] value) {
      throw new UnsupportedOperationException();
    }
  }

  /** Takes one pixel's stored numbers and gives its red, green and blue, and how opaque it is. */
  @FunctionalInterface
  private interface Colour {
    void into(int[] stored, int[] rgba);
  }

  static Picture of(BufferedImage image, ImageFormat format, byte[] bytes, Alpha alpha) {
    Raster raster = image.getRaster();
    Colour colour = colour(image, format, bytes);
    int width = image.getWidth();
    int height = image.getHeight();
    int bands = raster.getNumBands();
    byte[] levels =
        new byte[Math.multiplyExact(Math.multiplyExact(width, height), Picture.CHANNELS)];
    int[] row = new int[Math.multiplyExact(width, bands)];
    int[] stored = new int[bands];
    int[] rgba = new int[Picture.CHANNELS + 1];
    int at = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        System.arraycopy(row, x * bands, stored, 0, bands);
        rgba[Picture.CHANNELS] = FULL;
        colour.into(stored, rgba);
        for (int channel = 0; channel < Picture.CHANNELS; channel++) {
          int level = rgba[channel];
          levels[at++] =
              (byte)
                  (alpha == Alpha.ON_WHITE && rgba[Picture.CHANNELS] < FULL
                      ? onWhite(level, rgba[Picture.CHANNELS])
                      : level);
        }
      }
    }
    return new Picture(width, height, levels);
  }

  private static Colour colour(BufferedImage image, ImageFormat format, byte[] bytes) {
    int bits = image.getSampleModel().getSampleSize(0);
    if (format.unconverted(bytes)) {
      return print(ImageFormat.adobe(bytes));
    }
    if (image.getColorModel() instanceof IndexColorModel palette) {
      return (stored, rgba) -> {
        rgba[0] = palette.getRed(stored[0]);
        rgba[1] = palette.getGreen(stored[0]);
        rgba[2] = palette.getBlue(stored[0]);
        rgba[3] = palette.getAlpha(stored[0]);
      };
    }
    return switch (image.getRaster().getNumBands()) {
      case 1 -> (stored, rgba) -> grey(stored[0], bits, false, rgba);
      case 2 ->
          (stored, rgba) -> {
            grey(stored[0], bits, true, rgba);
            rgba[3] = high(stored[1], bits);
          };
      default ->
          (stored, rgba) -> {
            for (int i = 0; i < stored.length; i++) {
              rgba[i] = high(stored[i], bits);
            }
          };
    };
  }

  /** Grey of 16 bits is cut off at 255 where there is nothing else, and else its high half. */
  private static void grey(int stored, int bits, boolean seeThrough, int[] rgba) {
    int level;
    if (bits > 8) {
      level = seeThrough ? stored >> (bits - 8) : Math.min(stored, FULL);
    } else {
      level = stored * FULL / ((1 << bits) - 1);
    }
    rgba[0] = level;
    rgba[1] = level;
    rgba[2] = level;
  }

  private static int high(int stored, int bits) {
    return bits > 8 ? stored >> (bits - 8) : stored;
  }

  /** As Pillow's {@code alpha_composite} has it over opaque white. */
  private static int onWhite(int level, int alpha) {
    int blend = FULL * (FULL - alpha);
    int all = alpha * FULL + blend;
    int own = alpha * FULL * FULL * (1 << 7) / all;
    int rest = FULL * (1 << 7) - own;
    int sum = level * own + FULL * rest + (0x80 << 7);
    return (((sum >> 8) + sum) >> 8) >> 7;
  }

  /**
   * Colours of print, as Pillow converts them: what Adobe's programs write is inverted.
   *
   * @param adobe -1 where there is no marker of theirs; 2 where it is stored as brightness and two
   *     differences
   */
  private static Colour print(int adobe) {
    return (stored, rgba) -> {
      int[] ink = adobe == 2 ? inks(stored) : stored;
      int black = adobe < 0 ? ink[3] : FULL - ink[3];
      int rest = FULL - black;
      for (int i = 0; i < Picture.CHANNELS; i++) {
        int own = adobe < 0 ? ink[i] : FULL - ink[i];
        int product = own * rest + 128;
        rgba[i] = Math.clamp(rest - (((product >> 8) + product) >> 8), 0, FULL);
      }
    };
  }

  /** From brightness and differences to inks, as the JPEG library does: 16 bits, rounded. */
  private static int[] inks(int[] stored) {
    int blue = stored[1] - 128;
    int red = stored[2] - 128;
    int half = 1 << 15;
    int r = stored[0] + ((fixed(1.40200) * red + half) >> 16);
    int g = stored[0] + ((-fixed(0.34414) * blue - fixed(0.71414) * red + half) >> 16);
    int b = stored[0] + ((fixed(1.77200) * blue + half) >> 16);
    return new int[] {
      FULL - Math.clamp(r, 0, FULL),
      FULL - Math.clamp(g, 0, FULL),
      FULL - Math.clamp(b, 0, FULL),
      stored[3]
    };
  }

  private static int fixed(double number) {
    return (int) (number * (1 << 16) + 0.5);
  }
}
