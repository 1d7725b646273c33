package io.compot.server.api;

import io.compot.image.ImageBounds;
import java.time.Duration;

/**
 * How much one request may ask for.
 *
 * @param maxTokens most tokens of an answer, and how many it has where nobody says
 * @param choices most answers to a prompt
 * @param prompts most prompts of a request
 * @param images most images of a request, and most pixels of them together
 * @param longest longest time that answering may take; what is written by then is the answer
 */
public record ServingLimits(
    int maxTokens, int choices, int prompts, ImageBounds images, Duration longest) {

  /** 4096 tokens, 8 answers, 128 prompts, 16 images of 25 megapixels together, ten minutes. */
  public static ServingLimits defaults() {
    return new ServingLimits(4096, 8, 128, new ImageBounds(16, 25_000_000), Duration.ofMinutes(10));
  }

  /** The same with other bounds of an answer. */
  public ServingLimits with(int tokens, Duration time) {
    return new ServingLimits(tokens, choices, prompts, images, time);
  }
}
