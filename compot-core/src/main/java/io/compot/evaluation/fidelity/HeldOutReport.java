package io.compot.evaluation.fidelity;

/**
 * A model's quality on held-out text, and how far it is from its original there.
 *
 * @param perplexity token perplexity; the first token of each window is not scored
 * @param perplexityStandardError of the perplexity, over windows (first order in that of the mean
 *     log-likelihood); NaN for a single window
 * @param meanNegativeLogLikelihood its logarithm, in nats a token
 * @param klDivergence mean of KL(original ‖ model) over the next-token distributions of all
 *     positions, in nats
 * @param klStandardError of that mean, over windows; NaN for a single window
 * @param topAgreement share of positions where both name the same likeliest token
 * @param window tokens a window
 * @param windows windows measured
 */
public record HeldOutReport(
    double perplexity,
    double perplexityStandardError,
    double meanNegativeLogLikelihood,
    double klDivergence,
    double klStandardError,
    double topAgreement,
    int window,
    int windows) {}
