package io.compot;

import java.util.List;
import java.util.Optional;

/**
 * What a model wrote of what it heard.
 *
 * @param text as the model wrote it, with the space that it begins with
 * @param tokens of the text, without times
 * @param seconds of sound
 * @param language its code, where the model has several
 * @param segments when what was said; empty where times were not asked for and not needed
 */
public record Transcript(
    String text,
    List<Integer> tokens,
    double seconds,
    Optional<String> language,
    List<TranscriptSegment> segments) {

  public Transcript {
    tokens = List.copyOf(tokens);
    segments = List.copyOf(segments);
  }
}
