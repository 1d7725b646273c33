package io.compot.evaluation.speech;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a model heard of a set.
 *
 * @param normaliser what was no error
 * @param utterances each of them
 * @param wallSeconds that transcribing took
 */
public record SpeechScores(
    TextNormaliser normaliser, List<HeardUtterance> utterances, double wallSeconds) {

  public SpeechScores {
    utterances = List.copyOf(utterances);
  }

  /** Errors of all words. */
  public WordErrors words() {
    return utterances.stream()
        .map(HeardUtterance::errors)
        .reduce(WordErrors.NONE, WordErrors::plus);
  }

  /** Errors of all characters. */
  public WordErrors characters() {
    return utterances.stream()
        .map(HeardUtterance::characters)
        .reduce(WordErrors.NONE, WordErrors::plus);
  }

  /** Tokens of what was said. */
  public long tokens() {
    return utterances.stream().mapToLong(HeardUtterance::tokens).sum();
  }

  /** Mean negative log-likelihood of a token of what was said, in nats. */
  public double negativeLogLikelihood() {
    return -utterances.stream().mapToDouble(HeardUtterance::logLikelihood).sum() / tokens();
  }

  /** Mean divergence of the original's next token to this model's, in nats a token. */
  public OptionalDouble divergence() {
    return utterances.stream().allMatch(each -> each.divergence().isPresent())
        ? OptionalDouble.of(
            utterances.stream().mapToDouble(each -> each.divergence().orElse(0)).sum() / tokens())
        : OptionalDouble.empty();
  }

  /** Seconds of sound. */
  public double seconds() {
    return utterances.stream().mapToDouble(HeardUtterance::seconds).sum();
  }
}
