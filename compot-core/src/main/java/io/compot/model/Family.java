package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** One {@code model_type}: how its config is read and which parts its models have. */
interface Family {

  /** The value of {@code model_type}. */
  String modelType();

  /**
   * The structure its config describes; tensors are not yet checked.
   *
   * @throws InputException naming the field that makes no sense
   */
  Architecture architecture(ModelSource checkpoint) throws InputException;

  /**
   * Makes the fields of a config say that only some of its blocks are left.
   *
   * @param config as it is
   * @param fields of it, which are changed
   * @param kept their numbers, ascending
   * @throws InputException where no configuration says what is left
   */
  default void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept)
      throws InputException {
    fields.put("num_hidden_layers", kept.size());
    SlidingWindow.keepBlocks(fields, kept);
  }

  /**
   * Makes the fields of a config say that blocks are narrower: where all are alike as Llama has it,
   * which other programs know, else under {@code compression.widths}.
   *
   * @param config as it is
   * @param fields of it, which are changed
   * @throws InputException where a field of the config makes no sense
   */
  default void narrow(ConfigFile config, ObjectNode fields, Widths widths) throws InputException {
    Sizes sizes = new Sizes(config);
    var alike = widths.alike(Math.toIntExact(sizes.required("num_hidden_layers").size()));
    boolean named = alike.isPresent() && config.names("num_attention_heads");
    new Widths(named ? Map.of() : widths.blocks()).writeTo(fields);
    if (alike.isEmpty() || !named) {
      return;
    }
    Integer left = alike.get().heads();
    if (left != null) {
      long heads = sizes.required("num_attention_heads").size();
      long keys = sizes.optional("num_key_value_heads", Math.toIntExact(heads)).size();
      if (!config.names("head_dim")) {
        fields.put("head_dim", sizes.required("hidden_size").size() / heads);
      }
      fields.put("num_attention_heads", left * (heads / keys));
      fields.put("num_key_value_heads", left);
    }
    Integer channels = alike.get().channels();
    if (channels != null) {
      fields.put("intermediate_size", channels);
    }
  }

  /** The same of a family whose heads share the width of the hidden states. */
  static void narrowChannels(ObjectNode fields, Widths widths, int layers, String field) {
    var alike = widths.alike(layers);
    boolean named = alike.isPresent() && alike.get().heads() == null;
    new Widths(named ? Map.of() : widths.blocks()).writeTo(fields);
    if (alike.isPresent() && named) {
      fields.put(field, alike.get().channels());
    }
  }
}
