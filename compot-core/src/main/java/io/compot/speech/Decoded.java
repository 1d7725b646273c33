package io.compot.speech;

import java.util.List;

/**
 * What a model wrote of one piece of sound.
 *
 * @param tokens without the prompt and without what ends a text
 * @param temperature at which they were drawn; 0 for always the likeliest
 * @param logLikelihood mean of a token's, what ends the text among them, in nats
 * @param repetition bytes of the tokens over those of their compressed form: text that repeats
 *     itself has much
 * @param silence how likely the model holds it that nobody speaks; 0 where it does not tell
 */
record Decoded(
    List<Integer> tokens,
    double temperature,
    double logLikelihood,
    double repetition,
    double silence) {

  Decoded {
    tokens = List.copyOf(tokens);
  }
}
