package io.compot.kernel;

/** A sparse code row by row. */
final class CodeOperation extends Operation {

  private final CodeRows code;
  private final int k;
  private float[] arranged = {};

  CodeOperation(CodeRows code, int out, int k) {
    super(out);
    this.code = code;
    this.k = k;
  }

  @Override
  void before(int phase, Vectors x) {
    int count = x.count();
    arranged = roomy(arranged, count * code.width());
    for (int i = 0; i < count; i++) {
      code.arrange(x.plain(), i * k, arranged, i * code.width());
    }
  }

  @Override
  void part(int phase, int part, int parts, int count, float[] y) {
    int first = begin(part, parts, out());
    code.product(first, begin(part + 1, parts, out()), arranged, count, y, out());
  }
}
