package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.function.IntFunction;

/**
 * How many experts a config has and how many of them a token goes through.
 *
 * @param count E
 * @param chosen at most E
 * @param normalised whether the shares of the chosen are divided by their sum
 */
record Experts(Dimension count, int chosen, boolean normalised) {

  /** Far above any model; keeps a config that lies from asking for billions of names. */
  private static final int MOST = 1 << 14;

  /**
   * Reads them.
   *
   * @param field that holds their number
   * @param usual their number where it is absent
   * @param usuallyChosen the same of {@code num_experts_per_tok}
   * @throws InputException where more are chosen than there are
   */
  static Experts read(
      ConfigFile config, String field, int usual, int usuallyChosen, boolean normalised)
      throws InputException {
    int experts = config.optionalPositiveInt(field, MOST).orElse(usual);
    int chosen = config.optionalPositiveInt("num_experts_per_tok", MOST).orElse(usuallyChosen);
    if (chosen > experts) {
      throw config.refuse(
          "num_experts_per_tok",
          chosen + " is more than " + field + " " + experts,
          "correct the file");
    }
    return new Experts(new Dimension(experts, field), chosen, normalised);
  }

  /**
   * The layer of a router of that name.
   *
   * @param expert the expert of an index, made when asked for
   */
  MixtureOfExperts.Spec under(
      String router, Dimension hidden, IntFunction<Part<FeedForward>> expert) {
    return new MixtureOfExperts.Spec(router, hidden, count, expert, chosen, normalised);
  }
}
