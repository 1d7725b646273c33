package io.compot.recipe;

import io.compot.quantise.Grid;
import io.compot.setting.Kind;
import io.compot.setting.Refused;

/** Bits a weight of tables, or {@code keep}. */
record TableWidth() implements Kind<Integer> {

  /** What stands for tables that stay as they are. */
  static final int KEPT = 0;

  private static final String KEEP = "keep";
  private static final Kind.Whole WIDTH = new Kind.Whole(Grid.NARROWEST, Grid.WIDEST);

  @Override
  public Integer parse(String written) throws Refused {
    try {
      return written.strip().equals(KEEP) ? KEPT : WIDTH.parse(written);
    } catch (Refused _) {
      throw new Refused(expected());
    }
  }

  @Override
  public String write(Integer value) {
    return value == KEPT ? KEEP : value.toString();
  }

  @Override
  public Object plain(Integer value) {
    return value == KEPT ? KEEP : value;
  }

  @Override
  public String expected() {
    return WIDTH.expected() + ", or " + KEEP;
  }

  @Override
  public String label() {
    return WIDTH.label();
  }
}
