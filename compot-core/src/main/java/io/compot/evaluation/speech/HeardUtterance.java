package io.compot.evaluation.speech;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * One utterance as a model heard it.
 *
 * @param name of it in its set
 * @param seconds of sound
 * @param said the text that was said
 * @param heard the text that the model wrote
 * @param words normalised words beside each other
 * @param characters counted of the normalised texts
 * @param tokens of what was said, and its end
 * @param logLikelihood of these tokens, in nats
 * @param divergence sum of KL divergences, of the original's next token to this model's, at each of
 *     them, in nats; empty without an original
 */
public record HeardUtterance(
    String name,
    double seconds,
    String said,
    String heard,
    List<WordErrors.Place> words,
    WordErrors characters,
    long tokens,
    double logLikelihood,
    OptionalDouble divergence) {

  public HeardUtterance {
    words = List.copyOf(words);
  }

  /** Counted of the words. */
  public WordErrors errors() {
    return WordErrors.of(words);
  }

  /**
   * The normalised text with its errors in place: {@code [−missing]}, {@code [+too many]}, {@code
   * [said→heard]}.
   */
  public String marked() {
    return words.stream().map(HeardUtterance::marked).collect(Collectors.joining(" "));
  }

  private static String marked(WordErrors.Place place) {
    if (place.said() == null) {
      return "[+" + place.heard() + "]";
    }
    if (place.heard() == null) {
      return "[−" + place.said() + "]";
    }
    return place.right() ? place.said() : "[" + place.said() + "→" + place.heard() + "]";
  }
}
