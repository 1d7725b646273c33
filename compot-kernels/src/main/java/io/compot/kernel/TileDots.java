package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static jdk.incubator.vector.VectorOperators.ADD;

import jdk.incubator.vector.FloatVector;

/** Vectors times rows that were spread out into floats, four by four where there are as many. */
final class TileDots {

  /** Rows that are best taken together. */
  static final int ROWS = 4;

  private TileDots() {}

  /**
   * y[i·stride + row + r] = tile_r · x_i.
   *
   * @param tiles rows, one behind the other
   * @param length of a row, a whole number of vectors
   * @param width from one x to the next
   */
  static void product(
      float[] tiles,
      int rows,
      int length,
      float[] x,
      int width,
      int count,
      float[] y,
      int row,
      int stride) {
    int i = 0;
    if (rows == ROWS) {
      for (; i + 4 <= count; i += 4) {
        sixteen(tiles, length, x, i * width, width, y, i * stride + row, stride);
      }
      for (; i < count; i++) {
        four(x, i * width, tiles, 0, length, length, y, i * stride + row, 1);
      }
      return;
    }
    for (int r = 0; r < rows; r++) {
      i = 0;
      for (; i + 4 <= count; i += 4) {
        four(tiles, r * length, x, i * width, width, length, y, i * stride + row + r, stride);
      }
      for (; i < count; i++) {
        y[i * stride + row + r] = one(tiles, r * length, x, i * width, length);
      }
    }
  }

  private static float one(float[] one, int oneAt, float[] other, int otherAt, int length) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    int i = 0;
    for (; i + 2 * COUNT <= length; i += 2 * COUNT) {
      a = FloatVector.fromArray(F, one, oneAt + i).fma(of(other, otherAt + i), a);
      b = FloatVector.fromArray(F, one, oneAt + i + COUNT).fma(of(other, otherAt + i + COUNT), b);
    }
    if (i < length) {
      a = FloatVector.fromArray(F, one, oneAt + i).fma(of(other, otherAt + i), a);
    }
    return a.add(b).reduceLanes(ADD);
  }

  /** One with four others, {@code apart} from one another. */
  private static void four(
      float[] one,
      int oneAt,
      float[] others,
      int at,
      int apart,
      int length,
      float[] y,
      int to,
      int step) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    FloatVector c = FloatVector.zero(F);
    FloatVector d = FloatVector.zero(F);
    for (int i = 0; i < length; i += COUNT) {
      FloatVector own = FloatVector.fromArray(F, one, oneAt + i);
      a = own.fma(of(others, at + i), a);
      b = own.fma(of(others, at + apart + i), b);
      c = own.fma(of(others, at + 2 * apart + i), c);
      d = own.fma(of(others, at + 3 * apart + i), d);
    }
    y[to] = a.reduceLanes(ADD);
    y[to + step] = b.reduceLanes(ADD);
    y[to + 2 * step] = c.reduceLanes(ADD);
    y[to + 3 * step] = d.reduceLanes(ADD);
  }

  private static FloatVector of(float[] x, int at) {
    return FloatVector.fromArray(F, x, at);
  }

  /** Four rows with four vectors: eight loads for sixteen products. */
  private static void sixteen(
      float[] tiles, int length, float[] x, int at, int width, float[] y, int to, int stride) {
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = FloatVector.zero(F);
    FloatVector s02 = FloatVector.zero(F);
    FloatVector s03 = FloatVector.zero(F);
    FloatVector s10 = FloatVector.zero(F);
    FloatVector s11 = FloatVector.zero(F);
    FloatVector s12 = FloatVector.zero(F);
    FloatVector s13 = FloatVector.zero(F);
    FloatVector s20 = FloatVector.zero(F);
    FloatVector s21 = FloatVector.zero(F);
    FloatVector s22 = FloatVector.zero(F);
    FloatVector s23 = FloatVector.zero(F);
    FloatVector s30 = FloatVector.zero(F);
    FloatVector s31 = FloatVector.zero(F);
    FloatVector s32 = FloatVector.zero(F);
    FloatVector s33 = FloatVector.zero(F);
    for (int i = 0; i < length; i += COUNT) {
      FloatVector r0 = FloatVector.fromArray(F, tiles, i);
      FloatVector r1 = FloatVector.fromArray(F, tiles, i + 1 * length);
      FloatVector r2 = FloatVector.fromArray(F, tiles, i + 2 * length);
      FloatVector r3 = FloatVector.fromArray(F, tiles, i + 3 * length);
      FloatVector x0 = FloatVector.fromArray(F, x, at + i);
      s00 = r0.fma(x0, s00);
      s10 = r1.fma(x0, s10);
      s20 = r2.fma(x0, s20);
      s30 = r3.fma(x0, s30);
      FloatVector x1 = FloatVector.fromArray(F, x, at + i + 1 * width);
      s01 = r0.fma(x1, s01);
      s11 = r1.fma(x1, s11);
      s21 = r2.fma(x1, s21);
      s31 = r3.fma(x1, s31);
      FloatVector x2 = FloatVector.fromArray(F, x, at + i + 2 * width);
      s02 = r0.fma(x2, s02);
      s12 = r1.fma(x2, s12);
      s22 = r2.fma(x2, s22);
      s32 = r3.fma(x2, s32);
      FloatVector x3 = FloatVector.fromArray(F, x, at + i + 3 * width);
      s03 = r0.fma(x3, s03);
      s13 = r1.fma(x3, s13);
      s23 = r2.fma(x3, s23);
      s33 = r3.fma(x3, s33);
    }
    y[to] = s00.reduceLanes(ADD);
    y[to + 1] = s10.reduceLanes(ADD);
    y[to + 2] = s20.reduceLanes(ADD);
    y[to + 3] = s30.reduceLanes(ADD);
    y[to + 1 * stride] = s01.reduceLanes(ADD);
    y[to + 1 * stride + 1] = s11.reduceLanes(ADD);
    y[to + 1 * stride + 2] = s21.reduceLanes(ADD);
    y[to + 1 * stride + 3] = s31.reduceLanes(ADD);
    y[to + 2 * stride] = s02.reduceLanes(ADD);
    y[to + 2 * stride + 1] = s12.reduceLanes(ADD);
    y[to + 2 * stride + 2] = s22.reduceLanes(ADD);
    y[to + 2 * stride + 3] = s32.reduceLanes(ADD);
    y[to + 3 * stride] = s03.reduceLanes(ADD);
    y[to + 3 * stride + 1] = s13.reduceLanes(ADD);
    y[to + 3 * stride + 2] = s23.reduceLanes(ADD);
    y[to + 3 * stride + 3] = s33.reduceLanes(ADD);
  }
}
