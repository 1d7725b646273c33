package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Spellings of config.json against what Hugging Face transformers makes of them, as tables that
 * reference/reference_tables.py has written: rotary embeddings in old, new, both and no spelling,
 * and the windows of every layer.
 */
class ReferenceTablesTest {

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  @TempDir Path folder;

  @BeforeEach
  void writeWeights() throws Exception {
    var one = List.of(new TensorInfo("x", Dtype.U8, List.of(1L)));
    try (var writer = new SafetensorsWriter(folder.resolve("model.safetensors"), one, Map.of())) {
      writer.write("x", MemorySegment.ofArray(new byte[1]));
      writer.finish();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "qwen3_moe", "gemma2"})
  void rotaryEmbeddings(String family) throws Exception {
    JsonNode table = table("rope.json");
    int refused = 0;
    for (JsonNode each : table.get("cases").values()) {
      JsonNode expected = each.path("except").has(family) ? each.get("except").get(family) : each;
      JsonNode fields = each.get("fields");
      if (expected.get("short").isNull() || expected.get("long").isNull() || nested(fields)) {
        refused++;
        assertRefused(family, fields);
        continue;
      }
      Rotary rotary = Objects.requireNonNull(attention(family, fields).rotary());
      int at = 0;
      for (String name : List.of("short", "long")) {
        agrees(rotary, table.get("lengths").get(at++).intValue(), expected.get(name), fields);
      }
    }
    assertThat(refused).isBetween(20, table.get("cases").size() / 2);
  }

  /** Gemma 3's layers with and without a window; the last of three sees everything. */
  @Test
  void rotaryEmbeddingsByTypeOfLayer() throws Exception {
    JsonNode table = table("rope_by_type.json");
    int refused = 0;
    for (JsonNode each : table.get("cases").values()) {
      ObjectNode fields = (ObjectNode) each.get("fields").deepCopy();
      fields.putArray("layer_types").add(FULL).add(SLIDING).add(FULL);
      if (each.get("layers").isNull()) {
        refused++;
        assertRefused("gemma3_text", fields);
        continue;
      }
      int length = table.get("length").intValue();
      for (int layer = 0; layer < 2; layer++) {
        Rotary rotary = Objects.requireNonNull(attention("gemma3_text", fields, layer).rotary());
        agrees(rotary, length, each.get("layers").get(layer == 0 ? FULL : SLIDING), fields);
      }
    }
    assertThat(refused).isBetween(5, table.get("cases").size() / 2);
  }

  private static void agrees(Rotary rotary, int length, JsonNode expected, JsonNode fields) {
    double[] frequencies = rotary.scaling().frequencies(rotary.theta(), rotary.dim(), length);
    JsonNode row = expected.get("frequencies");
    assertThat(frequencies).as("%s %s", fields, row).hasSize(row.size());
    for (int i = 0; i < frequencies.length; i++) {
      double wanted = row.get(i).doubleValue();
      assertThat(frequencies[i]).as("%s", fields).isCloseTo(wanted, within(2e-6 * wanted));
    }
    assertThat(rotary.scaling().attentionFactor())
        .as("%s", fields)
        .isCloseTo(expected.get("factor").doubleValue(), within(1e-6));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama", "mistral", "qwen2", "qwen3", "qwen3_moe", "gemma2", "gemma3_text"})
  void windows(String family) throws Exception {
    JsonNode table = table("windows.json");
    long tokens = table.get("tokens").longValue();
    for (JsonNode each : table.get("cases").values()) {
      JsonNode fields = each.get("fields");
      if (each.get(family).isNull()) {
        assertRefused(family, fields);
        continue;
      }
      for (int layer = 0; layer < table.get("layers").intValue(); layer++) {
        assertThat(Math.min(tokens, attention(family, fields, layer).scoring().window()))
            .as("layer %d of %s", layer, fields)
            .isEqualTo(each.get(family).get(layer).longValue());
      }
    }
  }

  @Test
  void nullKeyHeadsAreAsManyAsHeads() throws Exception {
    for (String family : List.of("llama", "mistral", "qwen2", "qwen3")) {
      ObjectNode fields = JSON.createObjectNode().putNull("num_key_value_heads");
      assertThat(attention(family, fields).kvHeads()).as(family).isEqualTo(2);
    }
  }

  /**
   * One object a layer type in a family whose layers all turn alike: transformers stops for some
   * families and passes over it for others, as if there were nothing; here it is always refused.
   */
  private static boolean nested(JsonNode fields) {
    JsonNode used =
        fields.path("rope_scaling").isEmpty()
            ? fields.path("rope_parameters")
            : fields.path("rope_scaling");
    return used.has("full_attention");
  }

  private void assertRefused(String family, JsonNode fields) {
    InputException refused = null;
    try {
      attention(family, fields);
    } catch (InputException e) {
      refused = e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    assertThat(refused).as("%s of %s", fields, family).isNotNull();
    assertThat(refused.getMessage()).hasLineCount(1).contains("config.json");
  }

  private Attention.Shape attention(String family, JsonNode fields) throws Exception {
    return attention(family, fields, 0);
  }

  private Attention.Shape attention(String family, JsonNode fields, int layer) throws Exception {
    ObjectNode config =
        (ObjectNode)
            JSON.readTree(
                """
                {"hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1,
                 "head_dim": 16, "intermediate_size": 16, "num_hidden_layers": 3, "vocab_size": 16,
                 "max_position_embeddings": 64}\
                """);
    config.put("model_type", family);
    fields.properties().forEach(field -> config.set(field.getKey(), field.getValue()));
    Files.writeString(folder.resolve("config.json"), config.toString());
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      var decoder =
          (BlockStack) Families.of(checkpoint.config()).architecture(checkpoint).decoder();
      var block = (DecoderBlock.Spec) decoder.parts().apply(layer);
      return ((Attention.Spec) block.attention()).shape();
    }
  }

  private static JsonNode table(String name) throws Exception {
    try (InputStream in =
        Objects.requireNonNull(
            ReferenceTablesTest.class.getResourceAsStream("/reference/" + name))) {
      return JSON.readTree(in);
    }
  }
}
