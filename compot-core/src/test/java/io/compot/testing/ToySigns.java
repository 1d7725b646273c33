package io.compot.testing;

import io.compot.form.Form;
import io.compot.form.SparseCode;
import io.compot.tensor.Dtype;

/**
 * A form from outside: a sign for each number and a scale for each row.
 *
 * @param scale type of the scales
 */
public record ToySigns(Dtype scale) implements Form {

  @Override
  public long bits(long in, long out) {
    return out * (SparseCode.rowBytes(in) * Byte.SIZE + scale.bits());
  }

  @Override
  public long numbers(long in, long out) {
    return out * in + out;
  }

  @Override
  public boolean fits(long in, long out) {
    return scale.isFloating();
  }

  @Override
  public String words() {
    return "signs and scales in " + scale;
  }
}
