package io.compot.export.grouped;

/**
 * A weight that is written as codes.
 *
 * @param name without {@code .weight}
 * @param in columns: input features, or the width of a table
 * @param out rows: output features, or the tokens of a table
 */
record CodedWeight(String name, long in, long out) {}
