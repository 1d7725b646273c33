package io.compot.evaluation;

/**
 * A token perplexity and how it was measured.
 *
 * @param value exp of the mean negative log-likelihood a scored token
 * @param meanNegativeLogLikelihood in nats
 * @param seconds of the forward passes
 */
public record Perplexity(
    double value, double meanNegativeLogLikelihood, double seconds, PerplexityProtocol protocol) {}
