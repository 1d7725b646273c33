package io.compot.method.quantised;

import io.compot.quantise.Grid;
import io.compot.setting.Kind;
import io.compot.setting.Refused;

/** A whole number of weights, or {@code row}. */
record GroupSize() implements Kind<Integer> {

  private static final String ROW = "row";
  private static final Kind.Whole NUMBER = new Kind.Whole(Grid.SMALLEST, Grid.LARGEST);

  @Override
  public Integer parse(String written) throws Refused {
    try {
      return written.strip().equals(ROW) ? Grid.ROW : NUMBER.parse(written);
    } catch (Refused _) {
      throw new Refused(expected());
    }
  }

  @Override
  public String write(Integer value) {
    return value == Grid.ROW ? ROW : value.toString();
  }

  @Override
  public Object plain(Integer value) {
    return value == Grid.ROW ? ROW : value;
  }

  @Override
  public String expected() {
    return NUMBER.expected() + ", or " + ROW;
  }

  @Override
  public String label() {
    return NUMBER.label();
  }
}
