package io.compot.kernel;

/** One product behind the other. */
final class Chain extends Operation {

  private final Operation first;
  private final Operation second;
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
  void before(int phase, float[] x, int count) {
    if (phase < first.phases()) {
      middle = roomy(middle, count * first.out());
      first.before(phase, x, count);
      return;
    }
    if (phase == first.phases()) {
      first.after(count, middle);
    }
    second.before(phase - first.phases(), middle, count);
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
