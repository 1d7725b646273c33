package io.compot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import io.compot.testing.SharedData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no image, or not a whole one, is one line; nothing that is read brings anything down. */
class BadImagesTest {

  private static byte[] image(String format, int width, int height) throws Exception {
    if (format.equals("webp")) {
      return Files.readAllBytes(
          SharedData.path("vision/golden/image_processing/images/webp_q80_120x72.webp"));
    }
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    var random = new Random(7);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    var out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private static Picture read(byte[] bytes) throws InputException {
    return ImageFile.read(bytes, "it", Alpha.ON_WHITE);
  }

  private static void refused(byte[] bytes, String word) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it: ")
        .hasMessageContaining(word)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "webp"})
  void whatIsCutOffIsRefused(String format) throws Exception {
    byte[] whole = image(format, 64, 48);
    assertThat(read(whole).width()).isGreaterThan(63);
    for (int part = 1; part < 10; part++) {
      refused(Arrays.copyOf(whole, whole.length * part / 10), "damaged or cut off");
    }
  }

  @Test
  void othersAreRefused() throws Exception {
    refused(new byte[0], "no image");
    refused("hello".getBytes(StandardCharsets.UTF_8), "no image");
    refused(image("gif", 8, 8), "give PNG, JPEG or WebP");
  }

  @Test
  void onePixelIsAnImage() throws Exception {
    assertThat(read(image("png", 1, 1)).levels()).hasSize(3);
  }

  @Test
  void tooManyPixelsAreRefusedBeforeTheyAreRead() throws Exception {
    byte[] small = image("png", 8, 8);
    ByteBuffer.wrap(small).putInt(16, 10_000).putInt(20, 10_000);
    checked(small, 12, 17);
    refused(small, "100,000,000 pixels");
  }

  @Test
  void whatMovesIsRefused() throws Exception {
    byte[] still = image("png", 8, 8);
    byte[] chunk =
        ByteBuffer.allocate(20)
            .putInt(8)
            .put("acTL".getBytes(StandardCharsets.US_ASCII))
            .putInt(2)
            .putInt(0)
            .array();
    checked(chunk, 4, 12);
    byte[] moving = new byte[still.length + chunk.length];
    System.arraycopy(still, 0, moving, 0, 33);
    System.arraycopy(chunk, 0, moving, 33, chunk.length);
    System.arraycopy(still, 33, moving, 33 + chunk.length, still.length - 33);
    refused(moving, "moves");
    byte[] webp = new byte[64];
    System.arraycopy("RIFF....WEBPVP8X".getBytes(StandardCharsets.US_ASCII), 0, webp, 0, 16);
    webp[20] = 2;
    refused(webp, "moves");
  }

  /** Puts the sum behind so many bytes of a chunk. */
  private static void checked(byte[] bytes, int from, int length) {
    var sum = new CRC32();
    sum.update(bytes, from, length);
    ByteBuffer.wrap(bytes).putInt(from + length, (int) sum.getValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "webp"})
  void changedBytesNeverBringItDown(String format) throws Exception {
    byte[] whole = image(format, 40, 24);
    var random = new Random(11);
    int read = 0;
    for (int round = 0; round < 400; round++) {
      byte[] changed = whole.clone();
      for (int i = 0; i <= random.nextInt(4); i++) {
        // Headers matter more than pixels.
        int at =
            random.nextInt(random.nextBoolean() ? Math.min(changed.length, 160) : changed.length);
        changed[at] = (byte) random.nextInt();
      }
      try {
        Picture picture = read(changed);
        assertThat(picture.levels()).hasSize(picture.width() * picture.height() * 3);
        read++;
      } catch (InputException e) {
        assertThat(e.getMessage()).startsWith("it: ").doesNotContain("\n");
      }
    }
    assertThat(read).isLessThan(400);
  }

  @Test
  void turnsAsExifSays() {
    // 1 2 3
    // 4 5 6
    var picture = new Picture(3, 2, levels(1, 2, 3, 4, 5, 6));
    List<List<Integer>> expected =
        List.of(
            List.of(1, 2, 3, 4, 5, 6),
            List.of(3, 2, 1, 6, 5, 4),
            List.of(6, 5, 4, 3, 2, 1),
            List.of(4, 5, 6, 1, 2, 3),
            List.of(1, 4, 2, 5, 3, 6),
            List.of(4, 1, 5, 2, 6, 3),
            List.of(6, 3, 5, 2, 4, 1),
            List.of(3, 6, 2, 5, 1, 4));
    for (int tag = 1; tag <= 8; tag++) {
      Picture turned = Orientation.of(tag).turned(picture);
      assertThat(turned.width()).isEqualTo(tag < 5 ? 3 : 2);
      assertThat(turned.levels())
          .as("tag " + tag)
          .isEqualTo(levels(expected.get(tag - 1).stream().mapToInt(Integer::intValue).toArray()));
    }
  }

  private static byte[] levels(int... numbers) {
    byte[] levels = new byte[3 * numbers.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) numbers[i / 3];
    }
    return levels;
  }
}
