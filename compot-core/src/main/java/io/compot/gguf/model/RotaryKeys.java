package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Rotary positions as keys and tensors of a GGUF file. */
record RotaryKeys(HubFields fields) {

  /** What frequencies are divided by: Llama 3's scaling. */
  static final String DIVISORS = "rope_freqs.weight";

  /** The same of LongRoPE, for contexts up to the trained length and for longer ones. */
  static final String SHORT = "rope_factors_short.weight";

  static final String LONG = "rope_factors_long.weight";

  private static final String TRAINED = "original_max_position_embeddings";
  private static final long PHI_TRAINED = 4096;

  /** Keys of frequencies and of their scaling. */
  void put(String a, Map<String, GgufValue> keys) throws InputException {
    keys.put(a + "rope.freq_base", GgufValue.f32((float) theta()));
    if (fields.family() == GgufFamily.GEMMA3_TEXT) {
      keys.put(a + "rope.freq_base_swa", GgufValue.f32((float) slidingTheta()));
    }
    if (fields.family() == GgufFamily.PHI3 || fields.family().has(GgufFamily.Trait.INTERLEAVED)) {
      keys.put(a + "rope.dimension_count", GgufValue.u32(turned()));
    }
    if (fields.family().has(GgufFamily.Trait.SEES)) {
      new RotarySections(fields, theta()).put(a, keys);
    }
    JsonNode scaling = scaling();
    switch (type()) {
      case "default", "llama3" -> {}
      case "linear", "yarn" -> {
        keys.put(a + "rope.scaling.type", GgufValue.text(type()));
        keys.put(
            a + "rope.scaling.factor", GgufValue.f32((float) scaling.path("factor").asDouble(1)));
        if (scaling.has(TRAINED)) {
          keys.put(
              a + "rope.scaling.original_context_length",
              GgufValue.u32(scaling.path(TRAINED).asLong()));
        }
      }
      case "longrope", "su" -> {
        if (fields.family() != GgufFamily.PHI3) {
          throw noPlace();
        }
        long trained = trained();
        double factor =
            scaling.path("factor").asDouble((double) fields.context() / Math.max(1, trained));
        double usual =
            factor <= 1
                ? 1
                : Math.sqrt(1 + Math.log(factor) / Math.log((double) Math.max(2, trained)));
        keys.put(a + "rope.scaling.original_context_length", GgufValue.u32(trained));
        keys.put(
            a + "rope.scaling.attn_factor",
            GgufValue.f32((float) scaling.path("attention_factor").asDouble(usual)));
      }
      default -> throw noPlace();
    }
  }

  /** Numbers that are tensors, by their names. */
  Map<String, float[]> tensors() throws InputException {
    var tensors = new LinkedHashMap<String, float[]>();
    JsonNode scaling = scaling();
    switch (type()) {
      case "llama3" -> {
        if (!Set.of("llama", "granite").contains(fields.family().architecture())) {
          throw noPlace();
        }
        var rope =
            new LongRope(
                scaling.path("factor").asDouble(1),
                scaling.path("low_freq_factor").asDouble(1),
                scaling.path("high_freq_factor").asDouble(4),
                trained());
        tensors.put(DIVISORS, rope.divisors(theta(), fields.headDim()));
      }
      case "longrope", "su" -> {
        tensors.put(LONG, floats(scaling.path("long_factor")));
        tensors.put(SHORT, floats(scaling.path("short_factor")));
      }
      default -> {}
    }
    return tensors;
  }

  private static float[] floats(JsonNode numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers.get(i).asDouble();
    }
    return floats;
  }

  /** Elements of a head that are turned. */
  private long turned() throws InputException {
    double whole = fields.config().path("partial_rotary_factor").asDouble(1);
    return (long) (fields.headDim() * scaling().path("partial_rotary_factor").asDouble(whole));
  }

  private long trained() {
    long usual =
        fields.family() == GgufFamily.PHI3 ? PHI_TRAINED : fields.family().usual().context();
    long within = scaling().path(TRAINED).asLong(usual);
    return fields.config().path(TRAINED).asLong(within);
  }

  private JsonNode scaling() {
    JsonNode parameters = fields.config().path("rope_parameters");
    JsonNode old = fields.config().path("rope_scaling");
    JsonNode all = old.isObject() && !old.isEmpty() ? old : parameters;
    return all.path("full_attention").isObject() ? all.path("full_attention") : all;
  }

  private String type() {
    String old = scaling().path("type").asString("default");
    return scaling().path("rope_type").asString(old);
  }

  private double theta() {
    double outside = fields.config().path("rope_theta").asDouble(fields.family().usual().theta());
    return scaling().path("rope_theta").asDouble(outside);
  }

  private double slidingTheta() throws InputException {
    JsonNode own = fields.config().path("rope_parameters").path("sliding_attention");
    if (!own.path("rope_type").asString("default").equals("default")) {
      throw fields.refuse(
          "rope_parameters.sliding_attention",
          "layers with a window have no scaling in a GGUF file",
          HubFields.OTHERWISE);
    }
    double old = fields.config().path("rope_local_base_freq").asDouble(10_000);
    return own.path("rope_theta").asDouble(old);
  }

  private InputException noPlace() {
    return fields.refuse(
        "rope_scaling",
        "rotary scaling \"%s\" has no place in llama.cpp's %s"
            .formatted(Shown.of(type()), fields.family().architecture()),
        "linear, yarn, llama3 (llama) and longrope (phi3) have; use --format dense");
  }
}
