package io.compot.decode;

import io.compot.kernel.Weight;
import java.util.List;

/**
 * A whole decoder.
 *
 * @param table a row for each token
 * @param embeddingScale what its rows are multiplied by
 * @param norm of the last hidden states
 * @param head from hidden states to logits
 * @param divisor what logits are divided by
 * @param cap what they stay below, c · tanh(logits / c); 0 for no cap
 */
public record DecoderWeights(
    Weight.ByRows table,
    double embeddingScale,
    List<DecoderLayer> layers,
    NormWeights norm,
    Projected head,
    double divisor,
    double cap) {}
