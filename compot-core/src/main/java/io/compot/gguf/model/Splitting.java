package io.compot.gguf.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a byte-level BPE tokenizer splits a text before it merges: {@code tokenizer.ggml.pre} names
 * it, {@code tokenizer.json} spells it out as normaliser and pre-tokenizer.
 */
enum Splitting {
  GPT2("gpt-2 default phi-2 jina-es jina-de mpt olmo jais", null, null, false),
  SMOLLM("smollm starcoder refact command-r codeshell", null, "digits", false),
  LLAMA3("llama-bpe llama3 llama-v3 falcon3", null, Patterns.THREE_DIGITS, true),
  DBRX("dbrx smaug-bpe", null, Patterns.THREE_DIGITS, false),
  QWEN2(
      "qwen2 deepseek-r1-qwen megrez",
      "NFC",
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      false);

  /** Patterns that several share. */
  private static final class Patterns {
    static final String THREE_DIGITS =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  private static final JsonMapper JSON = JsonMapper.shared();

  private final String names;
  private final @Nullable String normalizer;
  private final @Nullable String pattern;
  private final boolean ignoreMerges;

  Splitting(
      String names, @Nullable String normalizer, @Nullable String pattern, boolean ignoreMerges) {
    this.names = names;
    this.normalizer = normalizer;
    this.pattern = pattern;
    this.ignoreMerges = ignoreMerges;
  }

  /** The splitting of a name in a file. */
  static Optional<Splitting> named(String name) {
    return Arrays.stream(values()).filter(each -> each.names().contains(name)).findFirst();
  }

  /** The splitting that a tokenizer.json spells out, if it is one of these. */
  static Optional<Splitting> in(JsonNode tokenizer) {
    boolean ignores = tokenizer.path("model").path("ignore_merges").asBoolean(false);
    List<Splitting> all = Arrays.stream(values()).filter(each -> each.matches(tokenizer)).toList();
    return all.stream()
        .filter(each -> each.ignoreMerges == ignores)
        .findFirst()
        .or(() -> all.stream().findFirst());
  }

  /** The name for files. */
  String ggufName() {
    return names().getFirst();
  }

  private List<String> names() {
    return List.of(names.split(" ", -1));
  }

  /** Whether a whole word that is a token is taken as it is. */
  boolean ignoreMerges() {
    return ignoreMerges;
  }

  JsonNode normalizer() {
    return JSON.valueToTree(normalizer == null ? null : Map.of("type", normalizer));
  }

  private static final String BYTES =
      "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":%s}";

  /** The part that turns text into bytes that print, and back. */
  static JsonNode bytes(boolean splits) {
    return JSON.readTree(BYTES.formatted(splits));
  }

  JsonNode preTokenizer() {
    if (pattern == null) {
      return bytes(true);
    }
    if (pattern.equals("digits")) {
      return JSON.readTree(
          "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\",\"individual_digits\":true},"
              + BYTES.formatted(true)
              + "]}");
    }
    return JSON.readTree(
        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":"
            + JSON.writeValueAsString(pattern)
            + "},\"behavior\":\"Isolated\",\"invert\":false},"
            + BYTES.formatted(false)
            + "]}");
  }

  private boolean matches(JsonNode tokenizer) {
    JsonNode normal = tokenizer.path("normalizer");
    String found = normal.isObject() ? normal.path("type").asString("") : "";
    return found.equals(normalizer == null ? "" : normalizer)
        && essence(tokenizer.path("pre_tokenizer")).equals(essence(preTokenizer()));
  }

  /** A pre-tokenizer without what changes no token. */
  private static String essence(JsonNode part) {
    return switch (part.path("type").asString("")) {
      case "Sequence" -> {
        var parts = new StringBuilder();
        part.path("pretokenizers").forEach(each -> parts.append(essence(each)).append('\n'));
        yield parts.toString().strip();
      }
      case "ByteLevel" ->
          "bytes %s %s"
              .formatted(
                  part.path("add_prefix_space").asBoolean(true),
                  part.path("use_regex").asBoolean(true));
      case "Digits" -> "digits " + part.path("individual_digits").asBoolean(false);
      case "Split" ->
          "split %s %s %s"
              .formatted(
                  part.path("pattern").path("Regex").asString(""),
                  part.path("behavior").asString(""),
                  part.path("invert").asBoolean(false));
      default -> part.toString();
    };
  }
}
