package io.compot.evaluation.request;

/**
 * What a model says about a continuation.
 *
 * @param logLikelihood natural logarithm of its probability after the context
 * @param greedy whether every token of it is the most likely one
 * @param cut whether tokens had to go from the left to fit the model
 */
public record Score(double logLikelihood, boolean greedy, boolean cut) {}
