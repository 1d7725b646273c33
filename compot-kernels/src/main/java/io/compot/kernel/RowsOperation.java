package io.compot.kernel;

/** A matrix row by row. */
final class RowsOperation extends Operation {

  private final Rows rows;
  private float[] arranged = {};

  RowsOperation(Rows rows) {
    super(rows.out());
    this.rows = rows;
  }

  @Override
  void before(int phase, Vectors x) {
    arranged = x.arranged(rows);
  }

  @Override
  void part(int phase, int part, int parts, int count, float[] y) {
    int first = begin(part, parts, out());
    rows.product(first, begin(part + 1, parts, out()), arranged, count, y, out());
  }
}
