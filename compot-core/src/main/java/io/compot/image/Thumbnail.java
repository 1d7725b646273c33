package io.compot.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Small pictures for pages. */
public final class Thumbnail {

  /** Columns and rows, at most. */
  private static final int SIDE = 192;

  private Thumbnail() {}

  /** The picture as a data URL of a JPEG, no wider or higher than 192 pixels. */
  public static String of(Picture picture) {
    double scale = Math.min(1, (double) SIDE / Math.max(picture.width(), picture.height()));
    int width = Math.max(1, (int) Math.round(picture.width() * scale));
    int height = Math.max(1, (int) Math.round(picture.height() * scale));
    Picture small = Bicubic.resize(picture, width, height);
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(
            column,
            row,
            small.level(row, column, 0) << 16
                | small.level(row, column, 1) << 8
                | small.level(row, column, 2));
      }
    }
    var bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, "jpeg", bytes)) {
        throw new IllegalStateException("the JDK writes no JPEG");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
