package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.stream.Collectors;

/** The families that can be run. A new one is a file of its own and a line here. */
final class Families {

  private static final List<Family> KNOWN =
      List.of(
          new Gemma2(),
          new Gemma3(),
          new Gpt2(),
          new Granite(),
          new Llama(),
          new Mistral(),
          new Mixtral(),
          new Olmo2(),
          new Opt(),
          new Phi3(),
          new Qwen2(),
          new Qwen2Moe(),
          new Qwen3(),
          new Qwen3Moe(),
          new Qwen3Vl(),
          new SmolLm3(),
          new Whisper());

  private Families() {}

  static Family of(ConfigFile config) throws InputException {
    String modelType = config.text("model_type");
    for (Family family : KNOWN) {
      if (family.modelType().equals(modelType)) {
        return family;
      }
    }
    throw config.refuse(
        "model_type",
        "the family \"" + modelType + "\" is not known",
        KNOWN.stream().map(Family::modelType).collect(Collectors.joining(", ", "known are ", "")));
  }
}
