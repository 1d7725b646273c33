package io.compot.method.quantised;

import io.compot.quantise.TrellisFormat;
import io.compot.setting.Kind;
import io.compot.setting.Refused;

/** Bits a weight in steps of a half, as twice their number. */
record HalfBits() implements Kind<Integer> {

  private static final Kind.Real NUMBER =
      Kind.Real.within(
          TrellisFormat.LEAST / 2.0,
          TrellisFormat.MOST / 2.0,
          "a number from 1 to 6 in steps of a half");

  @Override
  public Integer parse(String written) throws Refused {
    double twice = 2 * NUMBER.parse(written);
    if (twice != Math.rint(twice)) {
      throw new Refused(expected());
    }
    return (int) twice;
  }

  @Override
  public String write(Integer value) {
    return NUMBER.write(value / 2.0);
  }

  @Override
  public Object plain(Integer value) {
    return value % 2 == 0 ? (Object) (value / 2) : (Object) (value / 2.0);
  }

  @Override
  public String expected() {
    return NUMBER.expected();
  }

  @Override
  public String label() {
    return NUMBER.label();
  }
}
