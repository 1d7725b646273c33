package io.compot.speech;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A text with times, cut into segments.
 *
 * @param segments in order
 * @param frames how far the sound is told of, from where it began
 */
record Cut(List<Segment> segments, long frames) {

  /** Seconds from one time that a model can write to the next. */
  private static final double STEP = 0.02;

  /**
   * Cuts where two times follow each other. What was said behind the last pair is left to the next
   * window, since it may go on there; a time alone at the end says that nothing was said behind it.
   *
   * @param begin seconds before the window
   * @param frames of sound in the window
   * @param framesAStep frames of {@link #STEP}
   */
  static Cut of(Decoded decoded, TimeRule rule, double begin, long frames, int framesAStep) {
    List<Integer> tokens = decoded.tokens();
    int count = tokens.size();
    List<Integer> pairs =
        new ArrayList<>(
            IntStream.range(1, count)
                .filter(i -> rule.isTime(tokens.get(i - 1)) && rule.isTime(tokens.get(i)))
                .boxed()
                .toList());
    if (pairs.isEmpty()) {
      double steps = Math.floorDiv(frames, (long) framesAStep);
      int latest = tokens.stream().filter(rule::isTime).reduce(rule.first(), (_, next) -> next);
      double end = latest == rule.first() ? steps : latest - rule.first();
      return new Cut(List.of(new Segment(begin, begin + end * STEP, tokens, decoded)), frames);
    }
    boolean alone =
        count >= 2 && rule.isTime(tokens.getLast()) && !rule.isTime(tokens.get(count - 2));
    if (alone) {
      pairs.add(count);
    } else {
      // The second of the last pair stays: it tells that no time stood alone.
      pairs.set(pairs.size() - 1, pairs.getLast() + 1);
    }
    List<Segment> segments = new ArrayList<>();
    int from = 0;
    int told = 0;
    for (int i = 0; i < pairs.size(); i++) {
      int to = pairs.get(i);
      told = tokens.get(i < pairs.size() - 1 || alone ? to - 1 : to - 2) - rule.first();
      double start = begin + (tokens.get(from) - rule.first()) * STEP;
      segments.add(new Segment(start, begin + told * STEP, tokens.subList(from, to), decoded));
      from = to;
    }
    return new Cut(List.copyOf(segments), alone ? frames : (long) told * framesAStep);
  }
}
