package io.compot.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Causal self-attention with grouped queries.
 *
 * @param input queries, keys and values; or one projection with all three behind one another
 * @param output from mixed values to hidden states
 * @param heads query heads
 * @param kvHeads divides heads
 * @param headDim d
 * @param angles null where positions are not turned
 * @param scale what products of queries and keys are multiplied by
 * @param softcap what scores stay below; 0 for no cap
 * @param window tokens a token sees, itself among them
 * @param queryNorm of each head, or of all together, by its length; or null
 * @param keyNorm likewise
 */
public record AttentionWeights(
    List<Projected> input,
    Projected output,
    int heads,
    int kvHeads,
    int headDim,
    @Nullable Angles angles,
    double scale,
    double softcap,
    long window,
    @Nullable NormWeights queryNorm,
    @Nullable NormWeights keyNorm) {}
