package io.compot;

import java.time.Duration;
import java.util.List;

/**
 * What a model wrote.
 *
 * @param text the generated text, without the prompt
 * @param promptTokens tokens of the prompt
 * @param tokens ids generated, without an end-of-text token
 * @param ended whether the model ended the text itself, before the limit
 * @param elapsed from the prompt to the last token
 */
public record Generation(
    String text,
    List<Integer> promptTokens,
    List<Integer> tokens,
    boolean ended,
    Duration elapsed) {

  public Generation {
    promptTokens = List.copyOf(promptTokens);
    tokens = List.copyOf(tokens);
  }

  /** Generated tokens a second. */
  public double tokensPerSecond() {
    return tokens.size() / (elapsed.toNanos() / 1e9);
  }
}
