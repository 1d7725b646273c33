package io.compot.server.api;

import java.time.Duration;

/**
 * How much one request may ask for.
 *
 * @param maxTokens most tokens of an answer, and how many it has where nobody says
 * @param choices most answers to a prompt
 * @param prompts most prompts of a request
 * @param longest longest time that answering may take; what is written by then is the answer
 */
public record ServingLimits(int maxTokens, int choices, int prompts, Duration longest) {

  /** 4096 tokens, 8 answers, 128 prompts, ten minutes. */
  public static ServingLimits defaults() {
    return new ServingLimits(4096, 8, 128, Duration.ofMinutes(10));
  }

  /** The same with other bounds of an answer. */
  public ServingLimits with(int tokens, Duration time) {
    return new ServingLimits(tokens, choices, prompts, time);
  }
}
