package io.compot;

/**
 * How to continue a prompt.
 *
 * @param maxTokens most tokens to generate, at least 1
 * @param temperature 0 takes the most likely token every time (greedy)
 * @param topP samples from the smallest set of tokens whose probability reaches it, in (0, 1]
 * @param seed of the sampling; the same seed gives the same text
 */
public record GenerationOptions(int maxTokens, double temperature, double topP, long seed) {

  /** 128 tokens, greedy. */
  public static GenerationOptions defaults() {
    return new GenerationOptions(128, 0, 1, 0);
  }

  public GenerationOptions withMaxTokens(int count) {
    return new GenerationOptions(count, temperature, topP, seed);
  }

  public GenerationOptions withTemperature(double value) {
    return new GenerationOptions(maxTokens, value, topP, seed);
  }

  public GenerationOptions withTopP(double value) {
    return new GenerationOptions(maxTokens, temperature, value, seed);
  }

  public GenerationOptions withSeed(long value) {
    return new GenerationOptions(maxTokens, temperature, topP, value);
  }
}
