package io.compot;

import java.util.List;

/**
 * A piece of a transcript.
 *
 * @param start seconds from the beginning of the sound
 * @param end seconds, too
 * @param text as the model wrote it, with the space that it begins with
 * @param tokens of the text
 * @param temperature at which it was drawn; 0 for always the likeliest token
 * @param logLikelihood mean of a token's in the window that it is a piece of, in nats
 * @param compressionRatio bytes of that window's tokens over those of their compressed form
 * @param silence how likely the model held it that nobody speaks in that window
 */
public record TranscriptSegment(
    double start,
    double end,
    String text,
    List<Integer> tokens,
    double temperature,
    double logLikelihood,
    double compressionRatio,
    double silence) {

  public TranscriptSegment {
    tokens = List.copyOf(tokens);
  }
}
