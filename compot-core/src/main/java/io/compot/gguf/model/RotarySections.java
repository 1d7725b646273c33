package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.gguf.GgufValue;
import io.compot.gguf.ValueType;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * How many pairs of each head are turned by time, row and column, in turn: Qwen3-VL's interleaved
 * positions ({@code ggml_mrope_cache_init} of llama.cpp).
 */
record RotarySections(HubFields fields, double theta) {

  private static final String FIELD = "mrope_section";
  private static final List<Integer> USUAL = List.of(24, 20, 20);

  /**
   * The most that a pair may be turned in the whole context where transformers turns it by time and
   * llama.cpp, whose sections end before it, not at all: 0.47 where the configuration is silent.
   */
  private static final double LEFT = 0.5;

  void put(String a, Map<String, GgufValue> keys) throws InputException {
    List<Integer> sections = sections();
    long pairs = fields.headDim() / 2;
    if (sections.size() != USUAL.size()
        || sections.stream().mapToLong(Integer::longValue).sum() != pairs) {
      throw refuse(sections + " are not three numbers whose sum is half a head, " + pairs);
    }
    for (int pair = 0; pair < pairs; pair++) {
      double turn = Math.pow(theta, -2.0 * pair / fields.headDim()) * fields.context();
      if (pair >= 3L * sections.get(pair % 3) && turn > LEFT) {
        throw refuse(sections + " leave out pair " + pair + ", which llama.cpp would not turn");
      }
    }
    keys.put(
        a + "rope.dimension_sections",
        new GgufValue.Items(
            ValueType.I32,
            Stream.concat(sections.stream(), Stream.of(0))
                .<GgufValue>map(each -> new GgufValue.Whole(ValueType.I32, each))
                .toList()));
  }

  private List<Integer> sections() {
    for (String holder : List.of("rope_parameters", "rope_scaling")) {
      JsonNode found = fields.config().path(holder).path(FIELD);
      if (!found.isMissingNode()) {
        return found.values().stream().map(each -> each.asInt(0)).toList();
      }
    }
    return USUAL;
  }

  private InputException refuse(String problem) {
    return fields.refuse(FIELD, problem, HubFields.OTHERWISE);
  }
}
