package io.compot.pipeline.train;

import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.plan.ConsideredProjection;
import java.util.List;

/**
 * What a part of all ranks of a projection takes. Of a method that makes other things than two
 * factors of a rank, it is what such factors would take.
 *
 * @param all full rank, min(in, out)
 * @param bits that one rank takes
 * @param dense bits of the weight as it is
 */
record Gate(long all, double bits, long dense) {

  /** No rank is trained to nothing. */
  private static final double LEAST = 0.01;

  static Gate of(ConsideredProjection projection) {
    long in = projection.in();
    long out = projection.out();
    List<Form> forms = projection.method().forms(in, out, projection.stored());
    double bits =
        !forms.isEmpty() && forms.getLast() instanceof LowRankForm low
            ? low.bits(in, out) / (double) low.rank()
            : (in + out) * (double) projection.stored().bits();
    return new Gate(Math.min(in, out), bits, projection.bits());
  }

  /** What a part of all ranks takes; what would be larger than the weight stays as it is. */
  double bits(double part) {
    return Math.min(part * all * bits, (double) dense);
  }

  /** How that rises with the part. */
  double slope(double part) {
    return part * all * bits < dense ? all * bits : 0;
  }

  /** The part of all ranks that takes such a part of the weight's bits. */
  double within(double ofBits) {
    return clamped(ofBits * dense / (all * bits));
  }

  /** What is left of the weight, as a part of its bits, taken away. */
  double ratio(double part) {
    return 1 - bits(part) / dense;
  }

  static double clamped(double part) {
    return Math.clamp(part, LEAST, 1.0);
  }
}
