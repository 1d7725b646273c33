package io.compot.plan;

/**
 * What the projections that share a budget take at least and at most.
 *
 * @param smallestBits of the smallest that their methods make
 * @param denseBits as they are
 * @param weights of them
 */
public record Reach(long smallestBits, long denseBits, long weights) {}
