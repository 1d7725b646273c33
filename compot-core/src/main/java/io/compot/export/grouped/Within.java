package io.compot.export.grouped;

import io.compot.setting.Kind;
import io.compot.setting.Refused;

/**
 * A whole number between two that are both within.
 *
 * @param least the smallest
 * @param most the largest
 */
record Within(int least, int most) implements Kind<Integer> {

  @Override
  public Integer parse(String written) throws Refused {
    Integer found = new Kind.Whole(least).parse(written);
    if (found > most) {
      throw new Refused(expected());
    }
    return found;
  }

  @Override
  public String write(Integer value) {
    return value.toString();
  }

  @Override
  public Object plain(Integer value) {
    return value;
  }

  @Override
  public String expected() {
    return "a whole number from %d to %d".formatted(least, most);
  }

  @Override
  public String label() {
    return "N";
  }
}
