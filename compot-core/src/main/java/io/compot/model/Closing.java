package io.compot.model;

/**
 * The projection that ends a block whose output is x + m · projection(…), with nothing else behind
 * it: a linear map of what it adds can be multiplied into its weight.
 *
 * @param projection of the feed-forward layer
 * @param multiplier m
 */
public record Closing(Projection projection, double multiplier) {}
