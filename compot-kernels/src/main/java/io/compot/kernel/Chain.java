package io.compot.kernel;

/** One product behind the other. */
final class Chain extends Operation {

  private final Operation first;
  private final Operation second;
  private final Vectors between = new Vectors();
  private float[] middle = {};

  Chain(Operation first, Operation second) {
    super(second.out());
    this.first = first;
    this.second = second;
  }

  @Override
  int phases() {
    return first.phases() + second.phases();
  }

  @Override
  void before(int phase, Vectors x) {
    int count = x.count();
    if (phase < first.phases()) {
      middle = roomy(middle, count * first.out());
      first.before(phase, x);
      return;
    }
    if (phase == first.phases()) {
      first.after(count, middle);
      between.set(middle, count);
    }
    second.before(phase - first.phases(), between);
  }

  @Override
  void part(int phase, int part, int parts, int count, float[] y) {
    if (phase < first.phases()) {
      first.part(phase, part, parts, count, middle);
    } else {
      second.part(phase - first.phases(), part, parts, count, y);
    }
  }

  @Override
  void after(int count, float[] y) {
    second.after(count, y);
  }
}
