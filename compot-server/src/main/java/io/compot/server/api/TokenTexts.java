package io.compot.server.api;

import io.compot.SharedModel;
import io.compot.TokenScore;
import io.compot.error.CompotException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Probabilities of tokens, as the two endpoints tell them. */
final class TokenTexts {

  /** JSON has no infinity; OpenAI's own for a token that cannot be. */
  private static final double LEAST = -9999;

  private final SharedModel model;

  TokenTexts(SharedModel model) {
    this.model = model;
  }

  /** The texts and probabilities of a chat's tokens. */
  Map<String, @Nullable Object> chat(List<TokenScore> scores) throws CompotException {
    List<Map<String, Object>> content = new ArrayList<>();
    for (TokenScore score : scores) {
      Map<String, Object> entry = entry(score);
      List<Map<String, Object>> top = new ArrayList<>();
      for (TokenScore other : score.top()) {
        top.add(entry(other));
      }
      entry.put("top_logprobs", top);
      content.add(entry);
    }
    Map<String, @Nullable Object> logprobs = new LinkedHashMap<>();
    logprobs.put("content", content);
    logprobs.put("refusal", null);
    return logprobs;
  }

  private Map<String, Object> entry(TokenScore score) throws CompotException {
    byte[] bytes = model.bytes(score.token());
    List<Integer> numbers = new ArrayList<>();
    for (byte each : bytes) {
      numbers.add(each & 0xff);
    }
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("token", new String(bytes, StandardCharsets.UTF_8));
    entry.put("logprob", finite(score.logProbability()));
    entry.put("bytes", numbers);
    return entry;
  }

  /** A place of a completion: a token, and how likely it was where that is known. */
  record Place(int token, @Nullable TokenScore score) {}

  /**
   * Those of a completion. At each place the most likely ones and the actual one, which has the
   * very number that it has in {@code token_logprobs}.
   *
   * @param offset characters before the first
   */
  Map<String, @Nullable Object> completion(List<Place> places, int offset) throws CompotException {
    List<String> tokens = new ArrayList<>();
    List<@Nullable Double> logprobs = new ArrayList<>();
    List<@Nullable Map<String, Double>> tops = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    int at = offset;
    for (Place place : places) {
      String text = text(place.token());
      tokens.add(text);
      offsets.add(at);
      at += text.startsWith("bytes:") ? 0 : text.codePointCount(0, text.length());
      TokenScore score = place.score();
      logprobs.add(score == null ? null : finite(score.logProbability()));
      tops.add(score == null ? null : top(score));
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("tokens", tokens);
    all.put("token_logprobs", logprobs);
    all.put("top_logprobs", tops);
    all.put("text_offset", offsets);
    return all;
  }

  private Map<String, Double> top(TokenScore score) throws CompotException {
    Map<String, Double> top = new LinkedHashMap<>();
    for (TokenScore each : score.top()) {
      top.merge(text(each.token()), finite(each.logProbability()), Math::max);
    }
    top.merge(text(score.token()), finite(score.logProbability()), Math::max);
    return top;
  }

  /** A token's own text; its bytes where they are no whole characters, so that texts differ. */
  String text(int token) throws CompotException {
    byte[] bytes = model.bytes(token);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      var text = new StringBuilder("bytes:");
      for (byte each : bytes) {
        text.append("\\x%02x".formatted(each & 0xff));
      }
      return text.toString();
    }
  }

  private static double finite(double logProbability) {
    return Math.max(LEAST, logProbability);
  }
}
