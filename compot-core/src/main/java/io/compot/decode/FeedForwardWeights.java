package io.compot.decode;

import java.util.List;

/**
 * output(activation(gate) ⊙ up).
 *
 * @param input gate and up; or one projection with both behind one another
 */
public record FeedForwardWeights(List<Projected> input, Projected output, Gate gate) {}
