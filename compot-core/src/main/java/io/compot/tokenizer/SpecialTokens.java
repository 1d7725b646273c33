package io.compot.tokenizer;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
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

  static SpecialTokens read(Path folder, ConfigFile config) throws InputException {
    @Nullable ConfigFile generation = optional(folder.resolve("generation_config.json"));
    OptionalInt bos = OptionalInt.empty();
    Set<Integer> eos = Set.of();
    if (generation != null) {
      bos = first(generation.tokenIds("bos_token_id"));
      eos = generation.tokenIds("eos_token_id");
    }
    if (bos.isEmpty()) {
      bos = first(config.tokenIds("bos_token_id"));
    }
    if (eos.isEmpty()) {
      eos = config.tokenIds("eos_token_id");
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

  private static OptionalInt first(Set<Integer> ids) {
    return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.iterator().next());
  }

  /** Only those that the embedding has rows for. */
  SpecialTokens within(OptionalInt rows) {
    int most = rows.orElse(Integer.MAX_VALUE);
    return new SpecialTokens(
        bos.isPresent() && bos.getAsInt() >= most ? OptionalInt.empty() : bos,
        eos.stream().filter(id -> id < most).collect(Collectors.toUnmodifiableSet()));
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
