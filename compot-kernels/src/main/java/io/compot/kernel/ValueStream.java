package io.compot.kernel;

/**
 * A stream of numbers that is stored as rows of any kind.
 *
 * @param rows one behind the other
 */
record ValueStream(Weight.ByRows rows) {

  /**
   * Some of the numbers, as floats.
   *
   * @param scratch of a row
   */
  void read(long from, int count, float[] to, float[] scratch) {
    if (rows instanceof Weight.Plain plain) {
      for (int i = 0; i < count; i++) {
        to[i] = plain.type().get(plain.numbers(), from + i);
      }
      return;
    }
    var codes = new PlainRows(rows);
    int in = rows.in();
    int done = 0;
    while (done < count) {
      long at = from + done;
      int within = (int) (at % in);
      int part = Math.min(count - done, in - within);
      codes.read((int) (at / in), scratch);
      System.arraycopy(scratch, within, to, done, part);
      done += part;
    }
  }
}
