package io.compot.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import io.compot.error.InputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Files of images: PNG, JPEG and WebP, one picture each, turned as their EXIF says. */
public final class ImageFile {

  /** What names of files that can be read end in. */
  public static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg", ".webp");

  /** Most pixels: Pillow warns of more. */
  private static final long MOST_PIXELS = 89_478_485;

  private static final long MOST_BYTES = 1L << 30;
  private static final String ADVICE = "give PNG, JPEG or WebP";

  private ImageFile() {}

  /** Whether a file is one of an image, as its name says. */
  public static boolean is(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith);
  }

  /**
   * Reads a file.
   *
   * @throws InputException where it cannot be read or is no image
   */
  public static Picture read(Path file, Alpha alpha) throws InputException {
    try {
      if (Files.isRegularFile(file) && Files.size(file) > MOST_BYTES) {
        throw InputException.in(file, "it has more than a gigabyte", ADVICE);
      }
      return read(Files.readAllBytes(file), file.toString(), alpha);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /**
   * Reads what a file holds.
   *
   * @param name for messages
   * @throws InputException where it is no image, is damaged, moves or is too large
   */
  public static Picture read(byte[] bytes, String name, Alpha alpha) throws InputException {
    return read(bytes, name, alpha, MOST_PIXELS);
  }

  /**
   * The same with another bound of its pixels, which its header tells.
   *
   * @throws InputException where it is no image, is damaged, moves or is too large
   */
  public static Picture read(byte[] bytes, String name, Alpha alpha, long mostPixels)
      throws InputException {
    ImageFormat format = ImageFormat.of(bytes).orElseThrow(() -> refuse(name, "no image", ADVICE));
    if (format.moves(bytes)) {
      throw refuse(name, "the image moves", "give one of its pictures by itself");
    }
    try {
      BufferedImage image = decode(bytes, format, name, Math.min(mostPixels, MOST_PIXELS));
      return Orientation.of(bytes).turned(Pixels.of(image, format, bytes, alpha));
    } catch (InputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(name);
    } catch (OutOfMemoryError e) {
      throw refuse(name, "there is no memory for all of its pixels", "make it smaller");
    }
  }

  private static BufferedImage decode(byte[] bytes, ImageFormat format, String name, long most)
      throws IOException, InputException {
    ImageReader reader = reader(format);
    boolean[] warned = {false};
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.addIIOReadWarningListener((_, text) -> warned[0] |= format.fatal(text));
      reader.setInput(in, true, true);
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels > most) {
        throw refuse(
            name, "%,d pixels; at most %,d are read".formatted(pixels, most), "make it smaller");
      }
      BufferedImage image =
          format.unconverted(bytes) ? Pixels.plain(reader.readRaster(0, null)) : reader.read(0);
      if (warned[0]) {
        throw damaged(name);
      }
      return image;
    } finally {
      reader.dispose();
    }
  }

  /** The JDK's own, whatever else is on the class path. */
  private static ImageReader reader(ImageFormat format) throws IOException {
    if (format == ImageFormat.WEBP) {
      return new WebPImageReaderSpi().createReaderInstance(null);
    }
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.name());
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith("com.sun.")) {
        return reader;
      }
    }
    throw new IOException("no reader of " + format);
  }

  private static InputException damaged(String name) {
    return refuse(name, "the image is damaged or cut off", "fetch it again");
  }

  private static InputException refuse(String name, String problem, String advice) {
    return new InputException(name + ": " + problem + "; " + advice);
  }
}
