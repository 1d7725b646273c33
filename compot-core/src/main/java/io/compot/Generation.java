package io.compot;

import java.time.Duration;
import java.util.List;

/**
 * What a model wrote.
 *
 * @param text the generated text, without the prompt
 * @param promptTokens tokens of the prompt
 * @param tokens ids generated, without an end-of-text token
 * @param scores of the tokens, and of the one that ended the text; empty where probabilities were
 *     not asked for
 * @param end why it ends
 * @param remembered tokens of the prompt that were not computed again
 * @param untilFirst from the prompt to the first token
 * @param elapsed from the prompt to the last token
 */
public record Generation(
    String text,
    List<Integer> promptTokens,
    List<Integer> tokens,
    List<TokenScore> scores,
    End end,
    int remembered,
    Duration untilFirst,
    Duration elapsed) {

  /** Why a text ends. */
  public enum End {
    /** The model chose a token that ends texts. */
    MODEL,
    /** One of the texts that it shall stop at was there. */
    STOP_TEXT,
    /** The number of tokens asked for is reached, or the context is full. */
    LIMIT,
    /** It was asked to stop. */
    STOPPED
  }

  public Generation {
    promptTokens = List.copyOf(promptTokens);
    tokens = List.copyOf(tokens);
    scores = List.copyOf(scores);
  }

  /** Whether the model ended the text itself, before the limit. */
  public boolean ended() {
    return end == End.MODEL;
  }

  /** Generated tokens a second, the prompt's time among them. */
  public double tokensPerSecond() {
    return tokens.size() / Math.max(1e-9, elapsed.toNanos() / 1e9);
  }

  /** Tokens a second behind the first one, so without the prompt's time. */
  public double decodedPerSecond() {
    long nanos = elapsed.minus(untilFirst).toNanos();
    return nanos <= 0 ? 0 : (tokens.size() - 1) / (nanos / 1e9);
  }
}
