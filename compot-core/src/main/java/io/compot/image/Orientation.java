package io.compot.image;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * How a picture is to be turned before one looks at it, as EXIF's tag 274 says.
 *
 * @param transposed whether rows and columns change places first
 * @param mirrored whether columns then run backwards
 * @param flipped whether rows then run backwards
 */
record Orientation(boolean transposed, boolean mirrored, boolean flipped) {

  private static final Orientation NONE = new Orientation(false, false, false);

  /** That of a file; none where it does not say, or says nonsense. */
  static Orientation of(byte[] bytes) {
    try {
      var metadata = ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes));
      for (var directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
        Integer said = directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
        if (said != null) {
          return of(said);
        }
      }
      return NONE;
    } catch (ImageProcessingException | IOException | RuntimeException e) {
      return NONE;
    }
  }

  /** By the tag's value, from 1 to 8. */
  static Orientation of(int tag) {
    return switch (tag) {
      case 2 -> new Orientation(false, true, false);
      case 3 -> new Orientation(false, true, true);
      case 4 -> new Orientation(false, false, true);
      case 5 -> new Orientation(true, false, false);
      case 6 -> new Orientation(true, true, false);
      case 7 -> new Orientation(true, true, true);
      case 8 -> new Orientation(true, false, true);
      default -> NONE;
    };
  }

  /** The picture as it is meant. */
  Picture turned(Picture picture) {
    if (equals(NONE)) {
      return picture;
    }
    int width = transposed ? picture.height() : picture.width();
    int height = transposed ? picture.width() : picture.height();
    byte[] to = new byte[width * height * Picture.CHANNELS];
    int at = 0;
    for (int row = 0; row < height; row++) {
      int fromRow = flipped ? height - 1 - row : row;
      for (int column = 0; column < width; column++) {
        int fromColumn = mirrored ? width - 1 - column : column;
        for (int channel = 0; channel < Picture.CHANNELS; channel++) {
          to[at++] =
              (byte)
                  (transposed
                      ? picture.level(fromColumn, fromRow, channel)
                      : picture.level(fromRow, fromColumn, channel));
        }
      }
    }
    return new Picture(width, height, to);
  }
}
