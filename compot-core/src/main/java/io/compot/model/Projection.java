package io.compot.model;

/**
 * A linear projection of a model as the checkpoint names it.
 *
 * @param name checkpoint name without {@code .weight}
 * @param in input features
 * @param out output features
 */
public record Projection(String name, long in, long out) {}
