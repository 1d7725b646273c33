package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufValue;
import io.compot.gguf.ValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * The tokenizer keys of a GGUF file, from a {@code tokenizer.json} that has been read and found
 * sound: byte-level BPE as "gpt2", BPE with byte fallback as "llama".
 */
public final class TokenizerMetadata {

  private static final String ADVICE =
      "write the model without its tokenizer (--tokenizer without), or use --format dense";

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  private final Path file;
  private final JsonNode tokenizer;
  private final JsonNode model;
  private final TreeMap<Integer, String> tokens = new TreeMap<>();
  private final Map<Integer, Integer> types = new HashMap<>();

  private TokenizerMetadata(Path file, JsonNode tokenizer) {
    this.file = file;
    this.tokenizer = tokenizer;
    this.model = tokenizer.path("model");
  }

  /** Ids of tokens with a meaning, as configuration files name them. */
  public record Ids(OptionalInt begin, OptionalInt end, OptionalInt unknown, OptionalInt padding) {}

  /**
   * Adds the keys.
   *
   * @param file the tokenizer.json, for messages
   * @param rows rows of the embedding; ids without a token are filled
   * @param template the chat template
   * @throws InputException where llama.cpp has no tokenizer that does the same
   */
  public static void put(
      SequencedMap<String, GgufValue> keys,
      Path file,
      JsonNode tokenizer,
      int rows,
      Ids ids,
      Optional<String> template)
      throws InputException {
    new TokenizerMetadata(file, tokenizer).put(keys, rows, ids, template);
  }

  private void put(
      SequencedMap<String, GgufValue> keys, int rows, Ids ids, Optional<String> template)
      throws InputException {
    String type = model.path("type").asString(model.has("merges") ? "BPE" : "");
    if (!type.equals("BPE")) {
      throw refuse(
          "model.type", "llama.cpp has no place for a tokenizer of kind " + Shown.of(type));
    }
    boolean fallback = model.path("byte_fallback").asBoolean(false);
    collect(fallback);
    if (!tokens.isEmpty() && tokens.lastKey() >= rows) {
      throw refuse(
          "model.vocab",
          "the token of id %d has no row in the embedding of %d".formatted(tokens.lastKey(), rows));
    }
    keys.put("tokenizer.ggml.model", GgufValue.text(fallback ? "llama" : "gpt2"));
    if (!fallback) {
      Splitting splitting =
          Splitting.in(tokenizer)
              .orElseThrow(() ->
                  refuse(
                      "normalizer, pre_tokenizer",
                      "llama.cpp has no name for how this one splits texts"));
      keys.put("tokenizer.ggml.pre", GgufValue.text(splitting.ggufName()));
    }
    boolean prefix = fallback && tokenizer.path("normalizer").toString().contains("\"Prepend\"");
    keys.put("tokenizer.ggml.add_space_prefix", new GgufValue.Flag(prefix));
    var names = new ArrayList<String>();
    var kinds = new ArrayList<GgufValue>();
    for (int id = 0; id < rows; id++) {
      names.add(tokens.getOrDefault(id, "[PAD" + id + "]"));
      kinds.add(new GgufValue.Whole(ValueType.I32, types.getOrDefault(id, UNUSED)));
    }
    keys.put("tokenizer.ggml.tokens", GgufValue.texts(names));
    if (fallback) {
      keys.put("tokenizer.ggml.scores", scores(names));
    }
    keys.put("tokenizer.ggml.token_type", new GgufValue.Items(ValueType.I32, kinds));
    if (!fallback) {
      keys.put(
          "tokenizer.ggml.merges",
          GgufValue.texts(merges().stream().map(m -> m[0] + " " + m[1]).toList()));
    }
    id(keys, "bos_token_id", ids.begin());
    id(keys, "eos_token_id", ids.end());
    id(keys, "padding_token_id", ids.padding());
    id(keys, "unknown_token_id", ids.unknown());
    keys.put("tokenizer.ggml.add_bos_token", new GgufValue.Flag(adds(ids.begin(), true)));
    keys.put("tokenizer.ggml.add_eos_token", new GgufValue.Flag(adds(ids.end(), false)));
    template.ifPresent(text -> keys.put("tokenizer.chat_template", GgufValue.text(text)));
  }

  private void collect(boolean fallback) {
    String unknown = model.path("unk_token").asString("");
    for (var entry : model.path("vocab").properties()) {
      String token = entry.getKey();
      int id = entry.getValue().intValue();
      tokens.put(id, token);
      boolean single = fallback && token.matches("<0x[0-9A-F]{2}>");
      types.put(id, single ? BYTE : fallback && token.equals(unknown) ? UNKNOWN : NORMAL);
    }
    for (JsonNode added : tokenizer.path("added_tokens").values()) {
      int id = added.path("id").intValue();
      tokens.put(id, added.path("content").asString(""));
      boolean special = added.path("special").asBoolean(false);
      if (types.getOrDefault(id, NORMAL) != UNKNOWN) {
        types.put(id, special ? CONTROL : USER_DEFINED);
      }
    }
  }

  private List<String[]> merges() {
    var merges = new ArrayList<String[]>();
    for (JsonNode merge : model.path("merges").values()) {
      merges.add(
          merge.isString()
              ? merge.stringValue().split(" ", 2)
              : new String[] {merge.get(0).stringValue(), merge.get(1).stringValue()});
    }
    return merges;
  }

  /** A piece's score is the higher, the earlier a merge gives it: llama.cpp merges by scores. */
  private GgufValue scores(List<String> names) {
    Map<String, Integer> ranks = new HashMap<>();
    int rank = 0;
    for (String[] merge : merges()) {
      ranks.putIfAbsent(merge[0] + merge[1], rank++);
    }
    List<GgufValue> scores = new ArrayList<>();
    for (String name : names) {
      Integer found = ranks.get(name);
      scores.add(GgufValue.f32(found == null ? -1e6f : -(float) found));
    }
    return new GgufValue.Items(ValueType.F32, scores);
  }

  /** Whether the tokenizer puts this token at the beginning or end of a text. */
  private boolean adds(OptionalInt id, boolean atBegin) {
    JsonNode processor = tokenizer.path("post_processor");
    var templates = new ArrayList<JsonNode>();
    templates.add(processor);
    processor.path("processors").forEach(templates::add);
    for (JsonNode each : templates) {
      JsonNode single = each.path("single");
      if (single.isArray() && !single.isEmpty() && id.isPresent()) {
        JsonNode piece = atBegin ? single.get(0) : single.get(single.size() - 1);
        String token = piece.path("SpecialToken").path("id").asString("");
        if (token.equals(tokens.get(id.getAsInt()))) {
          return true;
        }
      }
    }
    return false;
  }

  private static void id(SequencedMap<String, GgufValue> keys, String name, OptionalInt id) {
    if (id.isPresent()) {
      keys.put("tokenizer.ggml." + name, GgufValue.u32(id.getAsInt()));
    }
  }

  private InputException refuse(String field, String problem) {
    return InputException.in(file, field, problem, ADVICE);
  }
}
