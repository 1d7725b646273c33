package io.compot.generation;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a model's makers recommend, from its {@code generation_config.json}. Without {@code
 * do_sample} that is the most likely token, whatever else stands there.
 *
 * @param sampling temperature and so on
 * @param maxTokens {@code max_new_tokens}
 */
public record GenerationDefaults(SamplingSettings sampling, OptionalInt maxTokens) {

  /**
   * Those of a model's folder.
   *
   * @throws InputException naming the field that makes no sense
   */
  public static GenerationDefaults read(Path folder) throws InputException {
    Path file = folder.resolve("generation_config.json");
    if (!Files.exists(file)) {
      return new GenerationDefaults(SamplingSettings.greedy(), OptionalInt.empty());
    }
    ConfigFile config = ConfigFile.read(file);
    boolean sample = config.flag("do_sample", false);
    try {
      return new GenerationDefaults(
          new SamplingSettings(
              Map.of(),
              config.optionalNumber("repetition_penalty").orElse(1),
              0,
              0,
              sample ? config.optionalNumber("temperature").orElse(1) : 0,
              sample ? config.optionalInt("top_k", 0, Integer.MAX_VALUE).orElse(0) : 0,
              sample ? config.optionalNumber("top_p").orElse(1) : 1,
              sample ? config.optionalNumber("min_p").orElse(0) : 0,
              sample ? config.optionalNumber("typical_p").orElse(1) : 1),
          config.optionalPositiveInt("max_new_tokens", Integer.MAX_VALUE));
    } catch (IllegalArgumentException e) {
      throw InputException.in(
          file, e.getMessage() + " is out of range", "restore the original file");
    }
  }
}
