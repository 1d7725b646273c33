package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** SmolLM3: Llama with layers that do not turn positions at all (NoPE: arXiv 2305.19466). */
final class SmolLm3 implements Family {

  private static final String ROTATED = "no_rope_layers";
  private static final String INTERVAL = "no_rope_layer_interval";

  @Override
  public String modelType() {
    return "smollm3";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean bias = config.flag("attention_bias", false);
    int layers = config.positiveInt("num_hidden_layers", Integer.MAX_VALUE);
    List<Integer> rotated = rotated(config, layers);
    int interval = interval(config);
    var traits =
        Traits.llama(modelType())
            .withDefaults(4, 0, 32_768)
            .withTiedTables()
            .withInputBias(bias)
            .withOutputBias(bias)
            .withRotation((fields, headDim, context) -> {
              Rotary rotary = RopeSettings.read(fields, headDim, context, 2_000_000);
              return layer -> rotates(rotated, interval, layer) ? rotary : null;
            })
            .withWindow(SlidingWindow.where(config, layer -> !rotates(rotated, interval, layer)));
    return GatedDecoder.read(checkpoint, traits).architecture(config.flag("mlp_bias", false));
  }

  private static int interval(ConfigFile config) throws InputException {
    config.refuseNull(INTERVAL);
    return config.optionalPositiveInt(INTERVAL, Integer.MAX_VALUE).orElse(4);
  }

  /** 1 for each layer that turns positions, whatever the field's name says; empty where absent. */
  private static List<Integer> rotated(ConfigFile config, int layers) throws InputException {
    List<Integer> rotated = config.ints(ROTATED, 0, 1);
    if (config.has(ROTATED) && rotated.size() < layers) {
      throw config.refuse(
          ROTATED,
          rotated.size() + " entries for num_hidden_layers " + layers,
          "give one entry a layer");
    }
    return rotated;
  }

  private static boolean rotates(List<Integer> rotated, int interval, int layer) {
    return rotated.isEmpty() ? (layer + 1) % interval != 0 : rotated.get(layer) == 1;
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept)
      throws InputException {
    int layers = config.positiveInt("num_hidden_layers", Integer.MAX_VALUE);
    List<Integer> before = rotated(config, layers);
    int interval = interval(config);
    fields.put("num_hidden_layers", kept.size());
    ArrayNode left = fields.arrayNode();
    var rotates = new ArrayList<Boolean>();
    for (int layer : kept) {
      rotates.add(rotates(before, interval, layer));
      left.add(rotates.getLast() ? 1 : 0);
    }
    fields.set(ROTATED, left);
    SlidingWindow.keepBlocks(fields, kept);
  }
}
