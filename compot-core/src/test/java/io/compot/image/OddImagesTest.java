package io.compot.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Kinds of images that are easily misread, against what Pillow makes of them. */
class OddImagesTest {

  @Test
  void decodesAndResizesAsPillow() throws Exception {
    Path folder = Path.of(OddImagesTest.class.getResource("/images").toURI());
    var expected = JsonMapper.shared().readTree(folder.resolve("expected.json"));
    assertThat(expected.size()).isEqualTo(13);
    for (var each : expected.properties()) {
      Path file = folder.resolve(each.getKey());
      Picture white = ImageFile.read(file, Alpha.ON_WHITE);
      assertThat(digest(white))
          .as(each.getKey())
          .isEqualTo(each.getValue().get("on_white").stringValue());
      assertThat(digest(ImageFile.read(file, Alpha.DROPPED)))
          .as(each.getKey())
          .isEqualTo(each.getValue().get("dropped").stringValue());
      assertThat(digest(Bicubic.resize(white, 64, 32)))
          .as(each.getKey())
          .isEqualTo(each.getValue().get("resized_32x64").stringValue());
    }
  }

  private static String digest(Picture picture) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(picture.levels()));
  }
}
