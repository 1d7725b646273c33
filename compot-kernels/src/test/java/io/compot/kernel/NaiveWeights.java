package io.compot.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** What weights stand for, in doubles, bit by bit as the format is described. */
final class NaiveWeights {

  private NaiveWeights() {}

  /** [out][in]. */
  static double[][] dense(Weight weight) {
    return switch (weight) {
      case Weight.Plain plain -> plain(plain);
      case Weight.Grouped grouped -> grouped(grouped);
      case Weight.LowRank(Weight left, Weight right) -> product(dense(left), dense(right));
      case Weight.Sum(Weight base, Weight rest) -> sum(dense(base), dense(rest));
      case Weight.Sparse sparse -> product(code(sparse), dense(sparse.dictionary()));
      case Weight.Trellis trellis -> trellis(trellis);
    };
  }

  private static double[][] plain(Weight.Plain w) {
    double[][] dense = new double[w.out()][w.in()];
    for (int i = 0; i < w.out(); i++) {
      for (int j = 0; j < w.in(); j++) {
        long at = (long) i * w.in() + j;
        dense[i][j] =
            switch (w.type()) {
              case F32 -> Float.intBitsToFloat(w.numbers().get(JAVA_INT_UNALIGNED, 4 * at));
              case F16 -> half(w.numbers().get(JAVA_SHORT_UNALIGNED, 2 * at) & 0xffff);
              case BF16 ->
                  Float.intBitsToFloat(w.numbers().get(JAVA_SHORT_UNALIGNED, 2 * at) << 16);
            };
      }
    }
    return dense;
  }

  private static double half(int bits) {
    double sign = bits >> 15 == 0 ? 1 : -1;
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    return sign
        * (exponent == 0 ? fraction * 0x1p-24 : Math.scalb(1 + fraction / 1024.0, exponent - 15));
  }

  private static double[][] grouped(Weight.Grouped w) {
    double[][] dense = new double[w.out()][w.in()];
    int groups = w.in() / w.group();
    int words = Math.ceilDiv(w.in() * w.width(), 32);
    for (int i = 0; i < w.out(); i++) {
      for (int j = 0; j < w.in(); j++) {
        int code = 0;
        for (int b = 0; b < w.width(); b++) {
          code |= bit(w.codes(), ((long) i * words) * 32 + (long) j * w.width() + b) << b;
        }
        int group = j / w.group();
        int zero = 1 << (w.width() - 1);
        MemorySegment zeros = w.zeros();
        if (zeros != null) {
          zero = 0;
          for (int b = 0; b < w.width(); b++) {
            int place = i * w.width() + b;
            zero |= bit(zeros, ((long) (place / 32) * groups + group) * 32 + place % 32) << b;
          }
        }
        var scale = new Weight.Plain(w.scaleType(), w.out(), groups, w.scales());
        dense[i][j] = plain(scale)[i][group] * (code - zero);
      }
    }
    return dense;
  }

  private static int bit(MemorySegment words, long index) {
    return words.get(JAVA_BYTE, index / 8) >> (index % 8) & 1;
  }

  private static double[][] code(Weight.Sparse w) {
    int k = w.dictionary().out();
    double[][] values = dense(w.values());
    double[][] dense = new double[w.out()][k];
    int next = 0;
    int rowBytes = Math.ceilDiv(k, 8);
    for (int i = 0; i < w.out(); i++) {
      for (int j = 0; j < k; j++) {
        if (bit(w.mask(), (long) i * rowBytes * 8 + j) == 1) {
          dense[i][j] = values[next / w.values().in()][next % w.values().in()];
          next++;
        }
      }
    }
    return dense;
  }

  private static double[][] trellis(Weight.Trellis w) {
    double[][] turned = new double[w.out()][w.in()];
    for (int column = 0; column < w.in(); column++) {
      long bits = 32L * column * w.columnWords();
      for (int first = 0; first < w.out(); first += w.sequence()) {
        int steps = Math.min(w.sequence(), w.out() - first);
        int total = w.bits(steps);
        int position = total;
        for (int step = 0; step < steps; step++) {
          position -= w.newBits(step);
          int state = 0;
          for (int b = 0; b < w.stateBits(); b++) {
            state |= bit(w.codes(), bits + (position + b) % total) << b;
          }
          turned[first + step][column] = w.scale() * value(w, state);
        }
        bits += 32L * Math.ceilDiv(total, 32);
      }
    }
    return product(transposed(matrix(w.outputs())), product(turned, matrix(w.inputs())));
  }

  private static double value(Weight.Trellis w, int state) {
    int states = 1 << w.stateBits();
    int place = Math.floorMod(state * w.multiplier(), states);
    double u = (2.0 * place + 1 - states) / states;
    return u
        * (1.2952240
            + Math.pow(u, 4)
                * (0.7561628 + Math.pow(u, 20) * (0.4900649 + Math.pow(u, 100) * 0.7944478)));
  }

  /** R of a rotation, by its definition: the odd part's Hartley matrix, and Hadamard's. */
  private static double[][] matrix(Turn turn) {
    int n = turn.size();
    int odd = n >> Integer.numberOfTrailingZeros(n);
    int each = n / odd;
    double[][] matrix = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int one = i / each;
        int other = j / each;
        double angle = 2 * Math.PI * one * other / odd;
        double hartley = Math.cos(angle) + Math.sin(angle);
        double hadamard = Integer.bitCount((i % each) & (j % each)) % 2 == 0 ? 1 : -1;
        matrix[i][j] = hartley * hadamard / Math.sqrt(n) * turn.sign(j);
      }
    }
    return matrix;
  }

  private static double[][] transposed(double[][] a) {
    double[][] t = new double[a[0].length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        t[j][i] = a[i][j];
      }
    }
    return t;
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] c = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        c[i][j] = a[i][j] + b[i][j];
      }
    }
    return c;
  }
}
