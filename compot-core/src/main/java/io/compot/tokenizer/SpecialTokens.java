package io.compot.tokenizer;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The tokens that begin and end a text: from {@code generation_config.json} where it names them,
 * else from {@code config.json}, else by their spelling in {@code tokenizer_config.json}.
 *
 * @param bos beginning of text, if the model has such a token
 * @param eos end of text; newer models have several
 */
record SpecialTokens(OptionalInt bos, Set<Integer> eos) {

  private static final int LARGEST_ID = Integer.MAX_VALUE - 1;

  static SpecialTokens read(Path folder, ConfigFile config) throws InputException {
    @Nullable ConfigFile generation = optional(folder.resolve("generation_config.json"));
    OptionalInt bos = OptionalInt.empty();
    Set<Integer> eos = Set.of();
    if (generation != null) {
      bos = generation.optionalInt("bos_token_id", 0, LARGEST_ID);
      eos = ids(generation, "eos_token_id");
    }
    if (bos.isEmpty()) {
      bos = config.optionalInt("bos_token_id", 0, LARGEST_ID);
    }
    if (eos.isEmpty()) {
      eos = ids(config, "eos_token_id");
    }
    if (bos.isEmpty() || eos.isEmpty()) {
      @Nullable ConfigFile spelled = optional(folder.resolve("tokenizer_config.json"));
      if (spelled != null) {
        Path tokenizer = folder.resolve(TextTokenizer.FILE);
        bos = bos.isPresent() ? bos : byName(tokenizer, spelled, "bos_token");
        OptionalInt end = byName(tokenizer, spelled, "eos_token");
        eos = eos.isEmpty() && end.isPresent() ? Set.of(end.getAsInt()) : eos;
      }
    }
    return new SpecialTokens(bos, Set.copyOf(eos));
  }

  private static Set<Integer> ids(ConfigFile config, String field) throws InputException {
    JsonNode node = config.find(field);
    if (node != null && node.isArray()) {
      return new LinkedHashSet<>(config.ints(field, 0, LARGEST_ID));
    }
    OptionalInt id = config.optionalInt(field, 0, LARGEST_ID);
    return id.isPresent() ? Set.of(id.getAsInt()) : Set.of();
  }

  private static OptionalInt byName(Path tokenizer, ConfigFile spelled, String field)
      throws InputException {
    JsonNode node = spelled.find(field);
    if (node != null && node.isObject()) {
      node = node.get("content");
    }
    if (node == null || !node.isString()) {
      return OptionalInt.empty();
    }
    JsonNode whole = StrictJson.object(tokenizer, TokenizerCheck.LARGEST);
    for (JsonNode added : whole.path("added_tokens").values()) {
      if (added.path("content").equals(node)) {
        return OptionalInt.of(added.path("id").intValue());
      }
    }
    JsonNode id = whole.path("model").path("vocab").path(node.stringValue());
    return id.canConvertToInt() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
  }

  private static @Nullable ConfigFile optional(Path file) throws InputException {
    return Files.exists(file) ? ConfigFile.read(file) : null;
  }
}
