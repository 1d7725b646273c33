package io.compot.fuzz;

import io.compot.image.Alpha;
import io.compot.image.ImageFile;
import io.compot.image.Picture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/** A file of an image, read into levels. */
enum ImageTarget implements FuzzTarget {
  PNG("palette.png"),
  JPEG("turned6.jpg"),
  JPEG_PROGRESSIVE("progressive.jpg"),
  WEBP("turned5.webp");

  /** Sizes, kinds of colours, tables and where EXIF lies. */
  private static final int HEADER = 128;

  private static final int SIGNATURE = 8;

  /** Few, so that headers that ask for more are refused and others are read soon. */
  private static final long MOST_PIXELS = 1 << 20;

  private final String resource;

  ImageTarget(String resource) {
    this.resource = resource;
  }

  @Override
  public void prepare(Path folder) throws IOException {
    try (InputStream in = ImageTarget.class.getResourceAsStream("/images/" + resource)) {
      byte[] good = Objects.requireNonNull(in).readAllBytes();
      Files.write(folder.resolve("image"), good);
      Files.write(folder.resolve("image.good"), good);
    }
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("image.good"));
    if (random.nextBoolean()) {
      int header = Math.min(HEADER, bytes.length);
      byte[] start = ByteMutator.mutate(Arrays.copyOf(bytes, header), random);
      bytes = ByteMutator.joined(start, Arrays.copyOfRange(bytes, header, bytes.length));
    } else {
      bytes = ByteMutator.mutate(bytes, random);
    }
    if (this == PNG && random.nextInt(4) > 0) {
      sum(bytes);
    }
    Files.write(folder.resolve("image"), bytes);
  }

  /**
   * Makes the check sums of PNG's chunks right, or all that is changed would be refused for them.
   */
  private static void sum(byte[] bytes) {
    ByteBuffer chunks = ByteBuffer.wrap(bytes);
    int at = SIGNATURE;
    while (at + 12L <= bytes.length) {
      int length = chunks.getInt(at);
      if (length < 0 || at + 12L + length > bytes.length) {
        return;
      }
      var crc = new CRC32();
      crc.update(bytes, at + 4, length + 4);
      chunks.putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
  }

  @Override
  public void read(Path folder) throws Exception {
    Path file = folder.resolve("image");
    Picture picture =
        ImageFile.read(Files.readAllBytes(file), file.toString(), Alpha.ON_WHITE, MOST_PIXELS);
    if (picture.levels().length != 3 * picture.width() * picture.height()) {
      throw new IllegalStateException("levels for other pixels");
    }
  }
}
