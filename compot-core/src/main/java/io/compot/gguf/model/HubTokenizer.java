package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code tokenizer.json} that a GGUF file's vocabulary amounts to: byte-level BPE ("gpt2"), or
 * SentencePiece's BPE ("llama"), whose merges follow from the scores of its pieces.
 */
public final class HubTokenizer {

  private static final String ADVICE =
      "put the original model's tokenizer.json beside the file, or use the original folder";

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;

  private final Metadata keys;
  private final List<String> tokens;
  private final List<Integer> types;
  private final ObjectNode root = JsonNodeFactory.instance.objectNode();

  private HubTokenizer(Metadata keys, List<String> tokens, List<Integer> types) {
    this.keys = keys;
    this.tokens = tokens;
    this.types = types;
  }

  /**
   * The tokenizer; empty where the file has none.
   *
   * @throws InputException where it is of a kind that cannot be rebuilt
   */
  public static Optional<ObjectNode> of(GgufFile file) throws InputException {
    var keys = new Metadata(file.file(), file.metadata());
    String model = keys.optionalText("tokenizer.ggml.model").orElse("none");
    if (model.equals("none") || model.equals("no_vocab")) {
      return Optional.empty();
    }
    List<String> tokens = keys.texts("tokenizer.ggml.tokens");
    List<Integer> types =
        keys.has("tokenizer.ggml.token_type")
            ? keys.ints("tokenizer.ggml.token_type")
            : tokens.stream().map(_ -> NORMAL).toList();
    if (types.size() != tokens.size()) {
      throw keys.refuse(
          "tokenizer.ggml.token_type",
          "%d types for %d tokens".formatted(types.size(), tokens.size()),
          ADVICE);
    }
    var tokenizer = new HubTokenizer(keys, tokens, types);
    return Optional.of(
        switch (model) {
          case "gpt2" -> tokenizer.byteLevel();
          case "llama" -> tokenizer.sentencePiece();
          default ->
              throw keys.refuse(
                  "tokenizer.ggml.model",
                  "\"" + Shown.of(model) + "\" cannot be made a tokenizer.json",
                  ADVICE);
        });
  }

  private ObjectNode byteLevel() throws InputException {
    String name = keys.optionalText("tokenizer.ggml.pre").orElse("default");
    Splitting splitting =
        Splitting.named(name)
            .orElseThrow(() ->
                keys.refuse(
                    "tokenizer.ggml.pre",
                    "how \"" + Shown.of(name) + "\" splits texts is not known here",
                    ADVICE));
    begin();
    root.set("normalizer", splitting.normalizer());
    root.set("pre_tokenizer", splitting.preTokenizer());
    root.set("post_processor", template(false));
    root.set("decoder", Splitting.bytes(true));
    ObjectNode model = model(splitting.ignoreMerges(), false, null);
    ArrayNode merges = model.putArray("merges");
    for (String merge : keys.texts("tokenizer.ggml.merges")) {
      merges.add(merge);
    }
    return root;
  }

  private ObjectNode sentencePiece() throws InputException {
    begin();
    boolean prefix = keys.flag("tokenizer.ggml.add_space_prefix", true);
    JsonMapper json = JsonMapper.shared();
    String replace = "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"}";
    root.set(
        "normalizer",
        json.readTree(
            prefix
                ? "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"▁\"},"
                    + replace
                    + "]}"
                : replace));
    root.set("pre_tokenizer", json.nullNode());
    root.set("post_processor", template(true));
    String strip = prefix ? ",{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}" : "";
    root.set(
        "decoder",
        json.readTree(
            "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"▁\"},"
                + "\"content\":\" \"},{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}"
                + strip
                + "]}"));
    int unknown = types.indexOf(UNKNOWN);
    ObjectNode model = model(false, true, unknown < 0 ? null : tokens.get(unknown));
    merges(model.putArray("merges"));
    return root;
  }

  private void begin() {
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < tokens.size(); id++) {
      int type = types.get(id);
      if (type == CONTROL || type == USER_DEFINED || type == UNKNOWN) {
        ObjectNode token = added.addObject();
        token.put("id", id);
        token.put("content", tokens.get(id));
        token.put("single_word", false);
        token.put("lstrip", false);
        token.put("rstrip", false);
        token.put("normalized", false);
        token.put("special", type != USER_DEFINED);
      }
    }
  }

  /** What is added around a text: the beginning and end that the file asks for. */
  private JsonNode template(boolean addsBegin) throws InputException {
    Optional<String> begin = added("add_bos_token", "bos_token_id", addsBegin);
    Optional<String> end = added("add_eos_token", "eos_token_id", false);
    if (begin.isEmpty() && end.isEmpty()) {
      return JsonMapper.shared().nullNode();
    }
    ObjectNode template = JsonNodeFactory.instance.objectNode();
    template.put("type", "TemplateProcessing");
    ObjectNode special = JsonNodeFactory.instance.objectNode();
    for (String part : new String[] {"single", "pair"}) {
      ArrayNode pieces = template.putArray(part);
      for (String sequence : part.equals("single") ? List.of("A") : List.of("A", "B")) {
        begin.ifPresent(token -> special(pieces, special, token));
        pieces.addObject().putObject("Sequence").put("id", sequence).put("type_id", 0);
        end.ifPresent(token -> special(pieces, special, token));
      }
    }
    template.set("special_tokens", special);
    return template;
  }

  private void special(ArrayNode pieces, ObjectNode special, String token) {
    pieces.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    ObjectNode entry = special.putObject(token).put("id", token);
    entry.putArray("ids").add(tokens.indexOf(token));
    entry.putArray("tokens").add(token);
  }

  private Optional<String> added(String flag, String id, boolean absent) throws InputException {
    if (!keys.flag("tokenizer.ggml." + flag, absent)) {
      return Optional.empty();
    }
    String key = "tokenizer.ggml." + id;
    OptionalLong token = keys.optionalWhole(key, 0);
    if (token.isPresent() && token.getAsLong() >= tokens.size()) {
      throw keys.refuse(key, "%d is the id of no token".formatted(token.getAsLong()), ADVICE);
    }
    return token.isPresent() ? Optional.of(tokens.get((int) token.getAsLong())) : Optional.empty();
  }

  private ObjectNode model(boolean ignoreMerges, boolean byteFallback, @Nullable String unknown)
      throws InputException {
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE");
    model.putNull("dropout");
    if (unknown == null) {
      model.putNull("unk_token");
    } else {
      model.put("unk_token", unknown);
    }
    model.putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix");
    model.put("fuse_unk", byteFallback);
    model.put("byte_fallback", byteFallback);
    model.put("ignore_merges", ignoreMerges);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      if (types.get(id) != UNUSED && vocabulary.has(tokens.get(id))) {
        throw keys.refuse(
            "tokenizer.ggml.tokens",
            "the token \"" + Shown.of(tokens.get(id)) + "\" occurs twice",
            ADVICE);
      }
      if (types.get(id) != UNUSED) {
        vocabulary.put(tokens.get(id), id);
      }
    }
    return model;
  }

  /** A merge that gives a piece comes the earlier, the higher the piece's score is. */
  private void merges(ArrayNode merges) throws InputException {
    List<Double> scores = keys.reals("tokenizer.ggml.scores");
    if (scores.size() != tokens.size()) {
      throw keys.refuse(
          "tokenizer.ggml.scores",
          "%d scores for %d tokens".formatted(scores.size(), tokens.size()),
          ADVICE);
    }
    Map<String, Integer> pieces = new HashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (types.get(id) == NORMAL) {
        pieces.put(tokens.get(id), id);
      }
    }
    record Merge(String left, String right, int leftId, int rightId, double score) {}
    var found = new ArrayList<Merge>();
    for (Map.Entry<String, Integer> piece : pieces.entrySet()) {
      String text = piece.getKey();
      if (text.length() > 512) {
        continue;
      }
      for (int cut = text.offsetByCodePoints(0, text.isEmpty() ? 0 : 1);
          cut < text.length();
          cut = text.offsetByCodePoints(cut, 1)) {
        Integer left = pieces.get(text.substring(0, cut));
        Integer right = pieces.get(text.substring(cut));
        if (left != null && right != null) {
          found.add(
              new Merge(
                  text.substring(0, cut),
                  text.substring(cut),
                  left,
                  right,
                  scores.get(piece.getValue())));
        }
      }
    }
    found.sort(
        Comparator.comparingDouble(Merge::score)
            .reversed()
            .thenComparingInt(Merge::leftId)
            .thenComparingInt(Merge::rightId));
    for (Merge merge : found) {
      merges.addArray().add(merge.left()).add(merge.right());
    }
  }
}
