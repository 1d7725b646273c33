package io.compot;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How to continue a prompt.
 *
 * @param maxTokens most tokens to generate, at least 1; empty: as the model's {@code
 *     generation_config.json} says, or as many as its context holds
 * @param sampling how tokens are chosen
 * @param seed of the sampling; the same seed gives the same text
 * @param stopTexts texts that end the answer and do not become part of it
 * @param stopTokens tokens that end it, beside those of the model
 * @param choices how many answers, at least 1; the prompt is computed once
 * @param logProbabilities how many of the most likely tokens to tell at each place; empty: none,
 *     and no probability of the chosen one either
 * @param format what the answer has to look like
 */
public record GenerationOptions(
    OptionalInt maxTokens,
    SamplingOptions sampling,
    long seed,
    List<String> stopTexts,
    Set<Integer> stopTokens,
    int choices,
    OptionalInt logProbabilities,
    AnswerFormat format) {

  public GenerationOptions {
    stopTexts = List.copyOf(stopTexts);
    stopTokens = Set.copyOf(stopTokens);
  }

  /**
   * At most 128 tokens, chosen as the model's makers recommend: the most likely ones, if nothing.
   */
  public static GenerationOptions defaults() {
    return new GenerationOptions(
        OptionalInt.of(128),
        SamplingOptions.ofModel(),
        0,
        List.of(),
        Set.of(),
        1,
        OptionalInt.empty(),
        new AnswerFormat.Text());
  }

  public GenerationOptions withMaxTokens(int count) {
    return withMaxTokens(OptionalInt.of(count));
  }

  public GenerationOptions withMaxTokens(OptionalInt count) {
    return new GenerationOptions(
        count, sampling, seed, stopTexts, stopTokens, choices, logProbabilities, format);
  }

  public GenerationOptions withSampling(SamplingOptions value) {
    return new GenerationOptions(
        maxTokens, value, seed, stopTexts, stopTokens, choices, logProbabilities, format);
  }

  public GenerationOptions withTemperature(double value) {
    return withSampling(sampling.withTemperature(value));
  }

  public GenerationOptions withTopP(double value) {
    return withSampling(sampling.withTopP(value));
  }

  public GenerationOptions withSeed(long value) {
    return new GenerationOptions(
        maxTokens, sampling, value, stopTexts, stopTokens, choices, logProbabilities, format);
  }

  public GenerationOptions withStops(List<String> texts, Set<Integer> tokens) {
    return new GenerationOptions(
        maxTokens, sampling, seed, texts, tokens, choices, logProbabilities, format);
  }

  public GenerationOptions withChoices(int count) {
    return new GenerationOptions(
        maxTokens, sampling, seed, stopTexts, stopTokens, count, logProbabilities, format);
  }

  public GenerationOptions withLogProbabilities(int top) {
    return new GenerationOptions(
        maxTokens, sampling, seed, stopTexts, stopTokens, choices, OptionalInt.of(top), format);
  }

  public GenerationOptions withFormat(AnswerFormat value) {
    return new GenerationOptions(
        maxTokens, sampling, seed, stopTexts, stopTokens, choices, logProbabilities, value);
  }
}
