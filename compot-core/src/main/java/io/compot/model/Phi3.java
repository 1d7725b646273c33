package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Phi-3 and Phi-4 (arXiv 2404.14219): queries, keys and values in one projection, gate and up in
 * another, and positions turned by LongRoPE, of each head or a part of it.
 */
final class Phi3 implements Family {

  private static final String TRAINED = "original_max_position_embeddings";

  @Override
  public String modelType() {
    return "phi3";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    var traits =
        Traits.llama(modelType())
            .withDefaults(0, 0, 4096)
            .withEps(1e-5)
            .withJoinedProjections()
            .withRotation((fields, headDim, context) -> {
              Rotary rotary = RopeSettings.readPartial(spelled(fields), headDim, context);
              return layer -> rotary;
            })
            .withWindow(SlidingWindow.everywhere(config));
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }

  /**
   * With the family's own words for what all say: "su" and "yarn" are LongRoPE, and the trained
   * length stands at the top, where it is 4096 if nothing is said.
   */
  private static ConfigFile spelled(ConfigFile config) throws InputException {
    ObjectNode fields = config.tree();
    if (!config.names(TRAINED)) {
      fields.put(TRAINED, 4096);
    }
    for (String section : List.of("rope_scaling", "rope_parameters")) {
      if (fields.get(section) instanceof ObjectNode rope) {
        String type = type(rope);
        if (type != null && (type.equals("su") || type.equals("yarn"))) {
          rope.put("rope_type", "longrope");
        } else if (type != null && !type.equals("default") && !type.equals("longrope")) {
          throw config
              .object(section)
              .refuse("rope_type", "\"" + type + "\" is not known", "known are default, longrope");
        }
      }
    }
    return ConfigFile.of(config.file(), fields);
  }

  private static @Nullable String type(ObjectNode rope) {
    var type = rope.has("rope_type") ? rope.get("rope_type") : rope.get("type");
    return type == null || !type.isString() ? null : type.asString();
  }
}
