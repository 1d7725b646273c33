package io.compot.decode;

import org.jspecify.annotations.Nullable;

/**
 * A residual connection around a part f: after(x + m · inner(f(before(x)))).
 *
 * @param multiplier m
 */
public record Around(
    @Nullable NormWeights before,
    @Nullable NormWeights inner,
    @Nullable NormWeights after,
    double multiplier) {}
