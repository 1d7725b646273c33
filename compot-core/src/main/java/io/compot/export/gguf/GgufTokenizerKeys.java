package io.compot.export.gguf;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.SideFiles;
import io.compot.error.InputException;
import io.compot.gguf.GgufValue;
import io.compot.gguf.model.TokenizerMetadata;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import io.compot.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A checkpoint's tokenizer and chat template as keys of a GGUF file. */
record GgufTokenizerKeys(Checkpoint checkpoint, long vocabulary, boolean wanted) {

  private static final long LARGEST = 256L << 20;

  /** The tokenizer that goes along, if any does. */
  Optional<Path> file() {
    return wanted ? side("tokenizer.json") : Optional.empty();
  }

  void put(SequencedMap<String, GgufValue> keys) throws InputException {
    Optional<Path> file = file();
    if (file.isEmpty()) {
      keys.put("tokenizer.ggml.model", GgufValue.text("none"));
      return;
    }
    ObjectNode tokenizer = StrictJson.object(file.get(), LARGEST);
    Optional<Path> config = side("tokenizer_config.json");
    Optional<ObjectNode> fields =
        config.isPresent() ? Optional.of(ConfigFile.read(config.get()).tree()) : Optional.empty();
    TokenizerMetadata.put(
        keys,
        file.get(),
        tokenizer,
        Math.toIntExact(vocabulary),
        ids(tokenizer, fields),
        template(fields));
  }

  private TokenizerMetadata.Ids ids(ObjectNode tokenizer, Optional<ObjectNode> fields)
      throws InputException {
    try (TextTokenizer opened = checkpoint.tokenizer()) {
      OptionalInt end = spelled(tokenizer, fields, "eos_token");
      if (end.isEmpty() || !opened.eosIds().contains(end.getAsInt())) {
        end = opened.eosIds().stream().mapToInt(Integer::intValue).min();
      }
      return new TokenizerMetadata.Ids(
          opened.bosId(), end, unknown(tokenizer, fields), spelled(tokenizer, fields, "pad_token"));
    }
  }

  private static OptionalInt unknown(ObjectNode tokenizer, Optional<ObjectNode> fields) {
    JsonNode model = tokenizer.path("model");
    JsonNode id = model.path("vocab").path(model.path("unk_token").asString(""));
    return id.canConvertToInt()
        ? OptionalInt.of(id.intValue())
        : spelled(tokenizer, fields, "unk_token");
  }

  /** The id of a token that tokenizer_config.json names. */
  private static OptionalInt spelled(
      ObjectNode tokenizer, Optional<ObjectNode> fields, String field) {
    if (fields.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonNode node = fields.get().path(field);
    String token = node.isObject() ? node.path("content").asString("") : node.asString("");
    for (JsonNode added : tokenizer.path("added_tokens").values()) {
      if (!token.isEmpty() && added.path("content").asString("").equals(token)) {
        return OptionalInt.of(added.path("id").intValue());
      }
    }
    return OptionalInt.empty();
  }

  private Optional<String> template(Optional<ObjectNode> fields) throws InputException {
    Optional<Path> file = side("chat_template.jinja");
    if (file.isPresent()) {
      try {
        return Optional.of(Files.readString(file.get()));
      } catch (IOException e) {
        throw InputException.unreadable(file.get(), e);
      }
    }
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    JsonNode node = fields.get().path("chat_template");
    if (node.isString()) {
      return Optional.of(node.stringValue());
    }
    // Several templates, by name.
    for (JsonNode each : node.values()) {
      if (each.path("name").asString("").equals("default")) {
        return Optional.of(each.path("template").asString(""));
      }
    }
    return Optional.empty();
  }

  private Optional<Path> side(String name) {
    SideFiles side = checkpoint.sideFiles();
    return side.kept().stream()
        .filter(file -> file.toString().equals(name))
        .map(side.folder()::resolve)
        .findFirst();
  }
}
