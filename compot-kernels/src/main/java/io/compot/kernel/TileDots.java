package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Vectors times a row that was spread out into floats. */
final class TileDots {

  private TileDots() {}

  /**
   * y[i·stride + row] = tile · x_i.
   *
   * @param width of the tile and of each x, a whole number of vectors
   */
  static void product(
      float[] tile, int width, float[] x, int count, float[] y, int row, int stride) {
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      four(tile, width, x, i * width, y, i * stride + row, stride);
    }
    for (; i < count; i++) {
      y[i * stride + row] = one(tile, width, x, i * width);
    }
  }

  private static float one(float[] tile, int width, float[] x, int at) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    int i = 0;
    for (; i + 2 * COUNT <= width; i += 2 * COUNT) {
      a = FloatVector.fromArray(F, tile, i).fma(FloatVector.fromArray(F, x, at + i), a);
      b =
          FloatVector.fromArray(F, tile, i + COUNT)
              .fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
    }
    if (i < width) {
      a = FloatVector.fromArray(F, tile, i).fma(FloatVector.fromArray(F, x, at + i), a);
    }
    return a.add(b).reduceLanes(VectorOperators.ADD);
  }

  private static void four(
      float[] tile, int width, float[] x, int at, float[] y, int to, int stride) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    FloatVector c = FloatVector.zero(F);
    FloatVector d = FloatVector.zero(F);
    for (int i = 0; i < width; i += COUNT) {
      FloatVector row = FloatVector.fromArray(F, tile, i);
      a = row.fma(FloatVector.fromArray(F, x, at + i), a);
      b = row.fma(FloatVector.fromArray(F, x, at + width + i), b);
      c = row.fma(FloatVector.fromArray(F, x, at + 2 * width + i), c);
      d = row.fma(FloatVector.fromArray(F, x, at + 3 * width + i), d);
    }
    y[to] = a.reduceLanes(VectorOperators.ADD);
    y[to + stride] = b.reduceLanes(VectorOperators.ADD);
    y[to + 2 * stride] = c.reduceLanes(VectorOperators.ADD);
    y[to + 3 * stride] = d.reduceLanes(VectorOperators.ADD);
  }
}
