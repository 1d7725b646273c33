package io.compot.generation;

import java.util.Map;

/**
 * How the next token is chosen from logits. Each step works on what the one before has left, in the
 * order of transformers: bias, repetition, presence and frequency, temperature, top-k, top-p,
 * min-p, typical.
 *
 * @param logitBias what is added to logits, by token
 * @param repetitionPenalty what logits of tokens seen so far are divided by (multiplied where they
 *     are negative), above 0; 1 changes nothing (Keskar et al., arXiv 1909.05858)
 * @param presencePenalty what is taken from logits of tokens seen so far, once
 * @param frequencyPenalty the same, for each time that they were seen
 * @param temperature what logits are divided by; 0 takes the most likely token (greedy)
 * @param topK the most likely tokens to choose from, and those as likely as the last of them; 0:
 *     all
 * @param topP the smallest set of tokens whose probability reaches it, in (0, 1] (the nucleus,
 *     Holtzman et al., arXiv 1904.09751)
 * @param minP tokens at least so likely as this share of the most likely one, in [0, 1] (Nguyen et
 *     al., arXiv 2407.01082)
 * @param typicalP the tokens whose surprise is nearest to the expected one, up to this probability,
 *     in (0, 1] (Meister et al., arXiv 2202.00666)
 */
public record SamplingSettings(
    Map<Integer, Double> logitBias,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    double temperature,
    int topK,
    double topP,
    double minP,
    double typicalP) {

  public SamplingSettings {
    logitBias = Map.copyOf(logitBias);
    require(repetitionPenalty > 0, "repetition penalty", repetitionPenalty);
    require(Double.isFinite(presencePenalty), "presence penalty", presencePenalty);
    require(Double.isFinite(frequencyPenalty), "frequency penalty", frequencyPenalty);
    require(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature);
    require(topK >= 0, "top-k", topK);
    require(topP > 0 && topP <= 1, "top-p", topP);
    require(minP >= 0 && minP <= 1, "min-p", minP);
    require(typicalP > 0 && typicalP <= 1, "typical-p", typicalP);
  }

  /** The most likely token, always. */
  public static SamplingSettings greedy() {
    return new SamplingSettings(Map.of(), 1, 0, 0, 0, 0, 1, 0, 1);
  }

  private static void require(boolean holds, String what, double value) {
    if (!holds) {
      throw new IllegalArgumentException(what + " " + value);
    }
  }

  /** Whether tokens seen so far matter. */
  boolean looksBack() {
    return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
  }
}
