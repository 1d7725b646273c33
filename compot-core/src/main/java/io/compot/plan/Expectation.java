package io.compot.plan;

/**
 * What a compression will take, told before it: orders of magnitude, from operations counted as for
 * the time left and from the speed of a product that was measured at that moment.
 *
 * @param seconds of all passes over text and projections
 * @param memoryBytes at the largest projection, the JVM and libtorch included
 * @param diskBytes beside the output, the output included
 */
public record Expectation(double seconds, long memoryBytes, long diskBytes) {}
