package io.compot.form;

/**
 * A whole weight in few bits with low-rank factors on top: W ≈ base + left · right.
 *
 * @param base what most of the weight is
 * @param rest of what the base lost
 */
public record SumForm(DenseForm base, LowRankForm rest) implements Form {

  @Override
  public long bits(long in, long out) {
    return base.bits(in, out) + rest.bits(in, out);
  }

  @Override
  public long numbers(long in, long out) {
    return base.numbers(in, out) + rest.numbers(in, out);
  }

  @Override
  public boolean fits(long in, long out) {
    return base.fits(in, out) && rest.fits(in, out);
  }

  @Override
  public String words() {
    return base.words() + " + " + rest.words();
  }

  @Override
  public String kind() {
    return base.kind() + " + " + rest.kind();
  }
}
