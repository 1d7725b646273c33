package io.compot.text;

import java.math.BigDecimal;

/** Fractions that may have been meant as percent. */
public final class Fraction {

  private Fraction() {}

  /** ", did you mean 0.2?" of 20; empty of what is no percentage between 0 and 100. */
  public static String hint(double given) {
    return given > 1 && given < 100
        ? ", did you mean %s?"
            .formatted(
                BigDecimal.valueOf(given).movePointLeft(2).stripTrailingZeros().toPlainString())
        : "";
  }
}
