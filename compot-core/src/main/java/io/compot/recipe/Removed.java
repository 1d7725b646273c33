package io.compot.recipe;

import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.text.Fraction;

/** The fraction of bits to remove, between 0 and 1. */
record Removed() implements Kind<Double> {

  static final String EXPECTED = "the fraction of bits to remove, between 0 and 1";

  private static final Kind<Double> KIND =
      new Kind.Real(new Kind.Real.Bounds(0, true, 1, true, EXPECTED));

  @Override
  public Double parse(String written) throws Refused {
    try {
      return KIND.parse(written);
    } catch (Refused e) {
      throw new Refused(e.getMessage() + hint(written));
    }
  }

  private static String hint(String written) {
    try {
      return Fraction.hint(Double.parseDouble(written));
    } catch (NumberFormatException _) {
      return "";
    }
  }

  @Override
  public String write(Double value) {
    return value.toString();
  }

  @Override
  public Object plain(Double value) {
    return value;
  }

  @Override
  public String expected() {
    return EXPECTED;
  }

  @Override
  public String label() {
    return "R";
  }
}
