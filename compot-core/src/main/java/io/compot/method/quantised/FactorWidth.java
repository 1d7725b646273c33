package io.compot.method.quantised;

import io.compot.quantise.Grid;
import io.compot.setting.Kind;
import io.compot.setting.Refused;

/** Bits of a factor's codes, or {@code none} where factors keep the weight's type. */
record FactorWidth() implements Kind<Integer> {

  /** What stands for factors in the weight's own type. */
  static final int UNROUNDED = 0;

  private static final String NONE = "none";
  private static final Kind.Whole WIDTH = new Kind.Whole(Grid.NARROWEST, Grid.WIDEST);

  @Override
  public Integer parse(String written) throws Refused {
    try {
      return written.strip().equals(NONE) ? UNROUNDED : WIDTH.parse(written);
    } catch (Refused _) {
      throw new Refused(expected());
    }
  }

  @Override
  public String write(Integer value) {
    return value == UNROUNDED ? NONE : value.toString();
  }

  @Override
  public Object plain(Integer value) {
    return value == UNROUNDED ? NONE : value;
  }

  @Override
  public String expected() {
    return WIDTH.expected() + ", or " + NONE;
  }

  @Override
  public String label() {
    return WIDTH.label();
  }
}
