package io.compot.tokenizer;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.text.StrictJson;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks a {@code tokenizer.json} before native code sees it: a known kind of model, every token
 * with an id of its own, every merge made of two tokens that give a third. Tokens whose ids have no
 * row in the embedding are let pass: many models have one that no text of theirs ever meets.
 */
final class TokenizerCheck {

  static final long LARGEST = 256L << 20;
  private static final Set<String> KNOWN = Set.of("BPE", "Unigram", "WordPiece", "WordLevel");
  private static final String RESTORE = "restore the tokenizer.json of the original checkpoint";

  private final Path file;
  private final int rows;
  private final Map<Integer, String> tokenOf = new HashMap<>();
  private final Map<Integer, String> beyond = new TreeMap<>();
  private final Set<String> vocabulary = new HashSet<>();

  private TokenizerCheck(Path file, int rows) {
    this.file = file;
    this.rows = rows;
  }

  /**
   * Checks the file.
   *
   * @param rows rows of the model's embedding; empty where the configuration does not tell
   * @return tokens that have none of these rows, by their ids
   * @throws InputException naming the token, the id or the merge that is wrong
   */
  static Map<Integer, String> check(Path file, OptionalInt rows) throws InputException {
    JsonNode tokenizer = StrictJson.object(file, LARGEST);
    var check = new TokenizerCheck(file, rows.orElse(Integer.MAX_VALUE));
    check.check(tokenizer);
    return check.beyond;
  }

  private void check(JsonNode tokenizer) throws InputException {
    JsonNode model = tokenizer.get("model");
    if (model == null || !model.isObject()) {
      throw refuse("model", "missing or not an object");
    }
    String type = type(model);
    JsonNode vocab = model.get("vocab");
    if (vocab == null || vocab.isNull()) {
      throw refuse("model.vocab", "there is no vocabulary");
    }
    if (type.equals("Unigram")) {
      checkPieces(vocab, model.get("unk_id"));
    } else {
      checkVocabulary(vocab);
    }
    if (type.equals("BPE")) {
      checkMerges(model);
    }
    checkAddedTokens(tokenizer.get("added_tokens"));
    TokenizerParts.check(file, tokenizer);
  }

  private String type(JsonNode model) throws InputException {
    JsonNode type = model.get("type");
    if (type == null || type.isNull()) { // as files of the first releases were written
      return model.has("merges") ? "BPE" : model.has("unk_id") ? "Unigram" : "WordLevel";
    }
    if (!type.isString() || !KNOWN.contains(type.stringValue())) {
      throw refuse(
          "model.type",
          "%s is unknown, expected BPE, Unigram, WordPiece or WordLevel"
              .formatted(StrictJson.kind(type)));
    }
    return type.stringValue();
  }

  private void checkVocabulary(JsonNode vocab) throws InputException {
    if (!vocab.isObject() || vocab.isEmpty()) {
      throw refuse("model.vocab", "expected tokens with their ids, found none");
    }
    for (var entry : vocab.properties()) {
      take(entry.getKey(), entry.getValue());
      vocabulary.add(entry.getKey());
    }
  }

  private void checkPieces(JsonNode vocab, @Nullable JsonNode unknown) throws InputException {
    if (!vocab.isArray() || vocab.isEmpty()) {
      throw refuse("model.vocab", "expected [piece, score] pairs, found none");
    }
    for (int id = 0; id < vocab.size(); id++) {
      JsonNode piece = vocab.get(id);
      if (!piece.isArray()
          || piece.size() != 2
          || !piece.get(0).isString()
          || !piece.get(1).isNumber()) {
        throw refuse("model.vocab[" + id + "]", "expected a pair of a piece and its score");
      }
      take(piece.get(0).stringValue(), id);
    }
    if (unknown != null
        && !unknown.isNull()
        && (!unknown.canConvertToInt()
            || unknown.intValue() < 0
            || unknown.intValue() >= vocab.size())) {
      throw refuse("model.unk_id", StrictJson.kind(unknown) + " is the id of no piece");
    }
  }

  private void checkMerges(JsonNode model) throws InputException {
    JsonNode merges = model.get("merges");
    if (merges == null || !merges.isArray()) {
      throw refuse("model.merges", "missing or not a list");
    }
    JsonNode prefixNode = model.get("continuing_subword_prefix");
    String prefix = prefixNode != null && prefixNode.isString() ? prefixNode.stringValue() : "";
    for (int i = 0; i < merges.size(); i++) {
      String field = "model.merges[" + i + "]";
      String[] pair = pair(field, merges.get(i));
      if (!pair[1].startsWith(prefix)) {
        throw refuse(
            field,
            shown(merges.get(i))
                + ": its second token does not begin with continuing_subword_prefix "
                + quoted(prefix));
      }
      for (String part : pair) {
        if (!vocabulary.contains(part)) {
          throw unknownInMerge(field, merges.get(i), part);
        }
      }
      String merged = pair[0] + pair[1].substring(prefix.length());
      if (!vocabulary.contains(merged)) {
        throw unknownInMerge(field, merges.get(i), merged);
      }
    }
  }

  private String[] pair(String field, JsonNode merge) throws InputException {
    String[] pair = {};
    if (merge.isString()) {
      pair = merge.stringValue().split(" ", -1);
    } else if (merge.isArray() && merge.valueStream().allMatch(JsonNode::isString)) {
      pair = merge.valueStream().map(JsonNode::stringValue).toArray(String[]::new);
    }
    if (pair.length != 2) {
      throw refuse(field, shown(merge) + " is not a pair of two tokens");
    }
    return pair;
  }

  private void checkAddedTokens(@Nullable JsonNode added) throws InputException {
    if (added == null || added.isNull()) {
      return;
    }
    if (!added.isArray()) {
      throw refuse("added_tokens", "not a list");
    }
    for (int i = 0; i < added.size(); i++) {
      JsonNode content = added.get(i).get("content");
      JsonNode id = added.get(i).get("id");
      if (content == null || !content.isString() || id == null) {
        throw refuse("added_tokens[" + i + "]", "expected an object with id and content");
      }
      take(content.stringValue(), id);
    }
  }

  private void take(String token, JsonNode id) throws InputException {
    if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
      throw refuse(
          "token " + quoted(token), "its id is %s, not a whole number".formatted(shown(id)));
    }
    take(token, id.intValue());
  }

  private void take(String token, int id) throws InputException {
    if (id >= rows) {
      beyond.put(id, token);
    }
    String other = tokenOf.put(id, token);
    if (other != null && !other.equals(token)) {
      throw refuse(
          "token " + quoted(token), "it shares the id %d with %s".formatted(id, quoted(other)));
    }
  }

  private InputException unknownInMerge(String field, JsonNode merge, String token) {
    return refuse(
        field, shown(merge) + " names " + quoted(token) + ", which is not in the vocabulary");
  }

  private InputException refuse(String field, String problem) {
    return InputException.in(file, field, problem, RESTORE);
  }

  private static String shown(JsonNode node) {
    return Shown.of(node.toString());
  }

  private static String quoted(String token) {
    return "\"" + Shown.of(token) + "\"";
  }
}
