package io.compot.testing;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;

/** A small random model that sees, with a tokenizer of bytes and a template, and images for it. */
public final class SeeingFixture {

  private SeeingFixture() {}

  /** Copies the model into a new folder. */
  public static Path model(Path folder) throws IOException {
    Path model = Files.createDirectory(folder);
    for (String name : List.of("config.json", "model.safetensors", "preprocessor_config.json")) {
      try (InputStream in =
          Objects.requireNonNull(
              SeeingFixture.class.getResourceAsStream("/golden/qwen3_vl/" + name))) {
        Files.copy(in, model.resolve(name));
      }
    }
    for (String name : List.of("chat_template.jinja", "tokenizer.json")) {
      Files.copy(SharedData.path("vision/golden/tokens/" + name), model.resolve(name));
    }
    return model;
  }

  /** An image of 30 x 20 pixels, other ones for other colours. */
  public static byte[] image(int colour, String format) throws IOException {
    var image = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 600; i++) {
      image.setRGB(i % 30, i / 30, colour * i);
    }
    var bytes = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, bytes)) {
      throw new IOException("no writer of " + format);
    }
    return bytes.toByteArray();
  }
}
