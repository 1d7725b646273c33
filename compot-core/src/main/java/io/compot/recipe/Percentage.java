package io.compot.recipe;

import io.compot.setting.Kind;
import io.compot.setting.Refused;

/** A part of something as a percentage, such as {@code 5%}. */
record Percentage() implements Kind<Double> {

  private static final String PERCENT = "%";
  private static final Kind.Real NUMBER =
      new Kind.Real(
          new Kind.Real.Bounds(
              0, true, 10_000, false, "a percentage above 0 and at most 10000, such as 5%"));

  @Override
  public Double parse(String written) throws Refused {
    String text = written.strip();
    if (!text.endsWith(PERCENT)) {
      throw new Refused(expected());
    }
    return NUMBER.parse(text.substring(0, text.length() - PERCENT.length())) / 100;
  }

  @Override
  public String write(Double value) {
    return NUMBER.write(Math.rint(value * 1e12) / 1e10) + PERCENT;
  }

  @Override
  public String expected() {
    return NUMBER.expected();
  }

  @Override
  public String label() {
    return "P%";
  }
}
