package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rotary embeddings of a model whose layers with a window turn by other frequencies than those
 * without, in the spellings of Gemma 3: {@code rope_parameters} with an object for each type of
 * layer, or {@code rope_theta} and {@code rope_scaling} for layers that see everything and {@code
 * rope_local_base_freq} for the others. Where both stand side by side, they are put together as
 * transformers 5 does ({@code Gemma3TextConfig.convert_rope_params_to_dict}).
 */
final class LayerTypeRope {

  private static final String PARAMETERS = "rope_parameters";
  private static final String SCALING = "rope_scaling";
  private static final String THETA = "rope_theta";
  private static final String PART = "partial_rotary_factor";

  private final ConfigFile config;
  private final int headDim;
  private final int context;

  /**
   * @param config of the model
   * @param headDim even
   * @param context {@code max_position_embeddings}
   */
  LayerTypeRope(ConfigFile config, int headDim, int context) {
    this.config = config;
    this.headDim = headDim;
    this.context = context;
  }

  /** Of layers that see everything. */
  Rotary full() throws InputException {
    Optional<ConfigFile> scaling = config.optionalObject(SCALING);
    ObjectNode fields = given(SlidingWindow.FULL);
    if (scaling.isPresent()) {
      if (config.optionalObject(PARAMETERS).isPresent() && fields.isEmpty()) {
        throw config.refuse(
            PARAMETERS,
            "it has no object " + SlidingWindow.FULL + ", but " + SCALING + " belongs there",
            "give one of the two");
      }
      fields.setAll(scaling.get().tree());
    }
    return read(SlidingWindow.FULL, fields, THETA, 1_000_000);
  }

  /** Of layers with a window. */
  Rotary sliding() throws InputException {
    return read(
        SlidingWindow.SLIDING, given(SlidingWindow.SLIDING), "rope_local_base_freq", 10_000);
  }

  /** What stands under {@code rope_parameters}; without that nothing is said of scaling. */
  private ObjectNode given(String type) throws InputException {
    Optional<ConfigFile> all = config.optionalObject(PARAMETERS);
    if (all.isEmpty()) {
      return config.tree().objectNode().put("rope_type", "default");
    }
    for (String field : all.get().fields()) {
      if (!all.get().isObject(field) && !all.get().isNull(field)) {
        throw all.get()
            .refuse(
                field,
                "expected one object a layer type",
                "put it into %s and %s".formatted(SlidingWindow.FULL, SlidingWindow.SLIDING));
      }
    }
    Optional<ConfigFile> own = all.get().optionalObject(type);
    return own.isEmpty() ? config.tree().objectNode() : own.get().tree();
  }

  private Rotary read(String type, ObjectNode fields, String top, double absent)
      throws InputException {
    if (!fields.has(THETA)) {
      fields.put(THETA, config.names(top) ? config.positive(top) : absent);
    }
    if (!fields.has(PART) && config.has(PART)) {
      fields.put(PART, config.positive(PART));
    }
    ObjectNode whole = config.tree();
    whole.putObject(PARAMETERS).set(type, fields);
    ConfigFile own = ConfigFile.of(config.file(), whole).object(PARAMETERS).object(type);
    return RopeSettings.ofObject(own, headDim, context);
  }
}
