package io.compot.form;

/**
 * The whole weight, in numbers of another kind than it had.
 *
 * @param numbers of the weight, [out, in]
 */
public record DenseForm(Numbers numbers) implements Form {

  @Override
  public long bits(long in, long out) {
    return numbers.bits(out, in);
  }

  @Override
  public long numbers(long in, long out) {
    return in * out;
  }

  @Override
  public boolean fits(long in, long out) {
    return numbers.fits(out, in);
  }

  @Override
  public String words() {
    return numbers.words();
  }
}
