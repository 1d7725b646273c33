package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/** The metadata that llama.cpp asks of a model, from a configuration that was found sound. */
public final class ModelMetadata {

  private final HubFields fields;
  private final GgufFamily family;
  private final RotaryKeys rotary;

  /**
   * Metadata of a model.
   *
   * @param file for messages
   * @param config the whole {@code config.json}
   * @throws InputException where llama.cpp has nothing that this model would run as
   */
  public ModelMetadata(Path file, JsonNode config) throws InputException {
    String type = config.path("model_type").asString("");
    Optional<GgufFamily> known = GgufFamily.of(type);
    if (known.isEmpty()) {
      throw InputException.in(
          file,
          "model_type",
          "\"" + Shown.of(type) + "\" models cannot be written as GGUF",
          GgufFamily.all() + " can; --format dense fits every family");
    }
    this.family = known.get();
    this.fields = new HubFields(file, config, family);
    this.rotary = new RotaryKeys(fields);
    FamilyKeys.check(fields);
  }

  /** How llama.cpp has it. */
  public GgufFamily family() {
    return family;
  }

  /** How rows of queries and keys stand in the file, where it is not as they are. */
  public Optional<HeadRows> heads() throws InputException {
    return family.has(GgufFamily.Trait.INTERLEAVED)
        ? Optional.of(new HeadRows(fields.headDim()))
        : Optional.empty();
  }

  /** Numbers about positions that a file has as tensors, by their names. */
  public Map<String, float[]> rotaryTensors() throws InputException {
    return rotary.tensors();
  }

  /**
   * All keys that are not the tokenizer's.
   *
   * @param name of the model, for people
   * @param fileType llama.cpp's number of the mix of types
   * @param quantised whether any tensor is
   * @param tokenizer whether the file has one, and with it the number of tokens
   */
  public SequencedMap<String, GgufValue> keys(
      String name, int fileType, boolean quantised, boolean tokenizer) throws InputException {
    String architecture = family.architecture();
    String a = architecture + ".";
    var keys = new LinkedHashMap<String, GgufValue>();
    keys.put("general.architecture", GgufValue.text(architecture));
    keys.put("general.type", GgufValue.text("model"));
    keys.put("general.name", GgufValue.text(name));
    keys.put(a + "block_count", GgufValue.u32(fields.layers()));
    keys.put(a + "context_length", GgufValue.u32(FamilyKeys.context(fields)));
    keys.put(a + "embedding_length", GgufValue.u32(fields.hidden()));
    keys.put(a + "feed_forward_length", GgufValue.u32(fields.inner()));
    keys.put(a + "attention.head_count", GgufValue.u32(fields.heads()));
    if (family == GgufFamily.GPT2) {
      keys.put(a + "attention.layer_norm_epsilon", GgufValue.f32((float) fields.eps()));
    } else {
      keys.put(a + "attention.head_count_kv", GgufValue.u32(fields.kvHeads()));
      keys.put(a + "attention.layer_norm_rms_epsilon", GgufValue.f32((float) fields.eps()));
      rotary.put(a, keys);
    }
    if (FamilyKeys.hasOwnHeadDim(family)) {
      keys.put(a + "attention.key_length", GgufValue.u32(fields.headDim()));
      keys.put(a + "attention.value_length", GgufValue.u32(fields.headDim()));
    }
    if (!tokenizer || family.has(GgufFamily.Trait.INTERLEAVED)) {
      keys.put(a + "vocab_size", GgufValue.u32(fields.whole("vocab_size", "vocab_size")));
    }
    FamilyKeys.put(fields, a, keys);
    keys.put("general.file_type", GgufValue.u32(fileType));
    if (quantised) {
      keys.put("general.quantization_version", GgufValue.u32(2));
    }
    return keys;
  }
}
