package io.compot.quantise;

import java.util.Locale;

/** How far a group's grid reaches. */
public enum RangeRule {
  /** From its least to its largest weight, zero included: nothing is clipped (all GPTQ tools). */
  MIN_MAX,

  /** Of many shrunken ranges, each with the scale that fits its codes best, the least error. */
  LEAST_SQUARES;

  /** The name in settings: min-max, least-squares. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
