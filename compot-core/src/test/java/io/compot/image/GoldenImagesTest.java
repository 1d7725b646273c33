package io.compot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pictures, sizes and patches against Pillow 12.3 and transformers 5.24. */
class GoldenImagesTest {

  private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);

  private static JsonNode facts() throws Exception {
    Path file = SharedData.path("vision/golden/image_processing/expected.json");
    return JsonMapper.shared().readTree(file);
  }

  private static Path image(String name) {
    return SharedData.path("vision/golden/image_processing/images/" + name);
  }

  @Test
  void decodesAsPillow() throws Exception {
    int compared = 0;
    for (var entry : facts().get("images").properties()) {
      Picture white = ImageFile.read(image(entry.getKey()), Alpha.ON_WHITE);
      Picture plain = ImageFile.read(image(entry.getKey()), Alpha.DROPPED);
      JsonNode facts = entry.getValue();
      assertSame(entry.getKey(), white, facts.get("decoded_hf"));
      // The plain one of a turned image is not turned, as the data sets' library has done that.
      if (!facts.has("exif_orientation") || facts.get("exif_orientation").isNull()) {
        assertSame(
            entry.getKey(),
            plain,
            facts.has("decoded_plain") ? facts.get("decoded_plain") : facts.get("decoded_hf"));
      }
      compared++;
    }
    assertThat(compared).isEqualTo(29);
  }

  private static void assertSame(String name, Picture picture, JsonNode facts) throws Exception {
    assertThat(digest(picture)).as(name).isEqualTo(facts.get("sha256").stringValue());
  }

  private static String digest(Picture picture) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(picture.levels()));
  }

  @Test
  void resizesAsPillow() throws Exception {
    int compared = 0;
    for (var entry : facts().get("images").properties()) {
      for (var config : entry.getValue().get("configs").properties()) {
        JsonNode facts = config.getValue();
        Alpha alpha = config.getKey().startsWith("lmms") ? Alpha.DROPPED : Alpha.ON_WHITE;
        var settings = settings(facts.get("size"));
        Picture picture = ImageFile.read(image(entry.getKey()), alpha);
        String what = entry.getKey() + " " + config.getKey();
        if (facts.has("error")) {
          assertThatThrownBy(() -> Patches.of(picture, settings))
              .isInstanceOf(UsageException.class);
          continue;
        }
        Patches patches = Patches.of(picture, settings);
        assertThat(List.of(patches.rows(), patches.columns()))
            .as(what)
            .isEqualTo(
                List.of(
                    facts.get("image_grid_thw").get(1).intValue(),
                    facts.get("image_grid_thw").get(2).intValue()));
        assertThat(digest(patches.picture()))
            .as(what)
            .isEqualTo(facts.get("rgb_sha256").get("pil").stringValue());
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(90);
  }

  private static ImageSettings settings(JsonNode size) {
    var rule =
        new SmartSize(
            32,
            size.get("shortest_edge").longValue(),
            size.get("longest_edge").longValue(),
            SmartSize.Rule.TRANSFORMERS);
    return new ImageSettings(rule, 16, 2, 2, 1.0 / 255, HALF, HALF);
  }

  @Test
  void cutsPatchesAsTheProcessor() throws Exception {
    JsonNode facts = facts();
    Path folder = SharedData.path("vision/golden/image_processing/pixel_values");
    try (var files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString().replace(".safetensors", "");
        for (var entry : facts.get("images").properties()) {
          if (entry.getKey().startsWith(name + ".")) {
            compare(file, image(entry.getKey()), entry.getValue().get("configs"));
          }
        }
      }
    }
  }

  private static void compare(Path file, Path image, JsonNode configs) throws Exception {
    try (var stored = SafetensorsFile.open(file);
        var _ = TensorScope.open()) {
      var settings = settings(configs.get("small").get("size"));
      Tensor actual = Patches.of(ImageFile.read(image, Alpha.ON_WHITE), settings).values();
      Tensor expected = stored.tensor("pixel_values");
      assertThat(actual.sub(expected).abs().max().item_double())
          .as(image.toString())
          .isLessThan(1e-6);
    }
  }

  @Test
  void choosesSizesAsBothPrograms() throws Exception {
    Path file = SharedData.path("vision/golden/smart_resize.json");
    int compared = 0;
    for (JsonNode each : JsonMapper.shared().readTree(file).get("vectors")) {
      for (var rule : SmartSize.Rule.values()) {
        boolean own = rule == SmartSize.Rule.TRANSFORMERS;
        JsonNode expected = each.get(own ? "out" : "qwen_vl_utils");
        var size =
            new SmartSize(
                each.get("factor").intValue(),
                each.get("min_pixels").longValue(),
                each.get("max_pixels").longValue(),
                rule);
        int height = each.get("h").intValue();
        int width = each.get("w").intValue();
        if (expected == null
            || !expected.isArray()
            || expected.get(0).intValue() < 1
            || expected.get(1).intValue() < 1) {
          assertThatThrownBy(() -> size.of(height, width))
              .as(each.toString())
              .isInstanceOf(UsageException.class);
        } else {
          assertThat(size.of(height, width))
              .as(each.toString())
              .isEqualTo(
                  new SmartSize.Size(expected.get(0).intValue(), expected.get(1).intValue()));
        }
        compared++;
      }
    }
    assertThat(compared).isEqualTo(600);
  }

  @Test
  void readsTheSettingsOfBothVersions(@TempDir Path folder) throws Exception {
    String fields =
        """
        {"size": {"longest_edge": 16777216, "shortest_edge": 65536}, "patch_size": 16,
         "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.5, 0.5, 0.5],
         "image_std": [0.5, 0.5, 0.5], "resample": 3}
        """;
    Files.writeString(
        folder.resolve("processor_config.json"), "{\"image_processor\": " + fields + "}");
    var newer = ImageSettings.read(folder);
    Files.writeString(folder.resolve("preprocessor_config.json"), fields);
    assertThat(ImageSettings.read(folder)).isEqualTo(newer);
    assertThat(newer.size())
        .isEqualTo(new SmartSize(32, 65536, 16777216, SmartSize.Rule.TRANSFORMERS));
  }
}
