package io.compot.grouped;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights as compressed-tensors packs them: the same numbers, and the same words again. */
class CompressedTensorsTest {

  private static final String FOLDER = "quant/fixtures/compressed-tensors";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-w4g16-sym",
        "llama-w4g16-sym-bf16",
        "llama-w4g16-sym-static",
        "llama-w4g16-asym",
        "llama-w8ch-sym",
        "llama-w4ch-asym",
        "llama-w3g16-sym-dense32",
        "llama-mixed-w4attn-w8mlp",
        "qwen2-w4g16-sym",
        "opt-w4g16-sym"
      })
  void weightsAndWordsOfLlmCompressor(String name) throws Exception {
    Path folder = SharedData.path(FOLDER + "/" + name);
    int checked = 0;
    try (var model = new PackedFile(folder.resolve("model.safetensors"));
        var expected = new PackedFile(folder.resolve("expected.safetensors"))) {
      String config = Files.readString(folder.resolve("config.json"));
      for (String tensor : expected.names()) {
        if (tensor.startsWith("dense.")) {
          String module = tensor.substring("dense.".length(), tensor.length() - ".weight".length());
          GroupedWeight weight = weight(model, module + ".", bits(config, module), true);
          assertThat(PackedFile.dense(weight)).as(module).containsExactly(expected.floats(tensor));
          assertThat(CompressedTensors.packed(weight))
              .isEqualTo(model.ints(module + ".weight_packed"));
          if (model.has(module + ".weight_zero_point")) {
            assertThat(CompressedTensors.zeroPoint(weight))
                .isEqualTo(model.ints(module + ".weight_zero_point"));
          }
          checked++;
        }
      }
    }
    assertThat(checked).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"w3g16asym_padded10perword, 3", "w4g16sym_actorder_group, 4"})
  void oldReleases(String name, int bits) throws Exception {
    for (String module : new String[] {"q_proj", "down_proj"}) {
      Path file =
          SharedData.path(FOLDER + "/_legacy_0.12.2/" + name + "." + module + ".safetensors");
      try (var model = new PackedFile(file)) {
        assertThat(PackedFile.dense(weight(model, "", bits, CompressedTensors.dense("0.12.2"))))
            .containsExactly(model.floats("expected.dense"));
      }
    }
  }

  @Test
  void whichReleasesPackDensely() {
    assertThat(CompressedTensors.dense("0.12.2")).isFalse();
    assertThat(CompressedTensors.dense("0.16.0")).isFalse();
    assertThat(CompressedTensors.dense("0.17.0")).isTrue();
    assertThat(CompressedTensors.dense("0.19.1a2")).isTrue();
    assertThat(CompressedTensors.dense("1.0.0")).isTrue();
  }

  private static GroupedWeight weight(PackedFile model, String prefix, int bits, boolean dense)
      throws Exception {
    int rows = model.dimension(prefix + "weight_scale", 0);
    int groups = model.dimension(prefix + "weight_scale", 1);
    int columns = model.bytes(prefix + "weight_shape")[8] & 0xff;
    String zero = prefix + "weight_zero_point";
    String groupIndex = prefix + "weight_g_idx";
    return CompressedTensors.weight(
        rows,
        columns,
        bits,
        dense,
        model.ints(prefix + "weight_packed"),
        model.floats(prefix + "weight_scale"),
        model.has(zero) ? model.ints(zero) : null,
        model.has(groupIndex)
            ? model.ints(groupIndex)
            : GroupedWeight.consecutive(columns, columns / groups));
  }

  private static int bits(String config, String module) {
    if (config.contains("group_1")) {
      return module.contains("self_attn") ? 4 : 8;
    }
    Matcher found = Pattern.compile("\"num_bits\": (\\d)").matcher(config);
    assertThat(found.find()).isTrue();
    return Integer.parseInt(found.group(1));
  }
}
