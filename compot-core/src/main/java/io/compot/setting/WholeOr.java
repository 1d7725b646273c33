package io.compot.setting;

/**
 * A whole number, or a word that stands for {@link #NONE}.
 *
 * @param whole the number, from 1 at least
 * @param word for none
 */
public record WholeOr(Kind.Whole whole, String word) implements Kind<Integer> {

  /** What the word stands for. */
  public static final int NONE = 0;

  @Override
  public Integer parse(String written) throws Refused {
    try {
      return written.strip().equals(word) ? NONE : whole.parse(written);
    } catch (Refused _) {
      throw new Refused(expected());
    }
  }

  @Override
  public String write(Integer value) {
    return value == NONE ? word : value.toString();
  }

  @Override
  public Object plain(Integer value) {
    return value == NONE ? word : value;
  }

  @Override
  public String expected() {
    return whole.expected() + ", or " + word;
  }

  @Override
  public String label() {
    return whole.label();
  }
}
