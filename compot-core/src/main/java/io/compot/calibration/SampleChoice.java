package io.compot.calibration;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Chooses some of several, any set as likely as any other, by Knuth's selection sampling (TAOCP
 * vol. 2, 3.4.2, algorithm S): number {@code i} of {@code n} is taken where {@code (n − i) · u <
 * wanted − taken}, with {@code u} the next {@link SplittableRandom#nextDouble()} of {@code new
 * SplittableRandom(seed)}, that is SplitMix64: the top 53 bits of its next output.
 */
public final class SampleChoice {

  private SampleChoice() {}

  /**
   * The numbers of those that are chosen, ascending.
   *
   * @param available how many there are
   * @param wanted how many are chosen, at most as many
   */
  public static List<Integer> of(int available, int wanted, long seed) {
    var random = new SplittableRandom(seed);
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; chosen.size() < wanted; i++) {
      if ((available - i) * random.nextDouble() < wanted - chosen.size()) {
        chosen.add(i);
      }
    }
    return chosen;
  }
}
