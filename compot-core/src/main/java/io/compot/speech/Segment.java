package io.compot.speech;

import java.util.List;

/**
 * A piece of a text, and when it was said.
 *
 * @param start seconds from the beginning of the sound
 * @param end seconds, too
 * @param tokens times among them
 * @param decoded the text that it is a piece of
 */
record Segment(double start, double end, List<Integer> tokens, Decoded decoded) {

  Segment {
    tokens = List.copyOf(tokens);
  }
}
