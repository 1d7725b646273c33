package io.compot.kernel;

/** Two products with the same vectors, added. */
final class Both extends Operation {

  private final Operation base;
  private final Operation rest;
  private float[] more = {};

  Both(Operation base, Operation rest) {
    super(base.out());
    this.base = base;
    this.rest = rest;
  }

  @Override
  int phases() {
    return Math.max(base.phases(), rest.phases());
  }

  @Override
  void before(int phase, Vectors x) {
    more = roomy(more, x.count() * out());
    if (phase < base.phases()) {
      base.before(phase, x);
    }
    if (phase < rest.phases()) {
      rest.before(phase, x);
    }
  }

  @Override
  void part(int phase, int part, int parts, int count, float[] y) {
    if (phase < base.phases()) {
      base.part(phase, part, parts, count, y);
    }
    if (phase < rest.phases()) {
      rest.part(phase, part, parts, count, more);
    }
  }

  @Override
  void after(int count, float[] y) {
    base.after(count, y);
    rest.after(count, more);
    for (int i = 0; i < count * out(); i++) {
      y[i] += more[i];
    }
  }
}
