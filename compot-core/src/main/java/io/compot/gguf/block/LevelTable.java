package io.compot.gguf.block;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** A type's levels in ascending order, and the code of the nearest one. */
final class LevelTable {

  private final int[] sorted;
  private final int[] codes;
  private final boolean even;

  /** Where the nearer of two neighbouring levels changes. */
  private final double[] borders;

  LevelTable(int[] levels) {
    this.codes =
        IntStream.range(0, levels.length)
            .boxed()
            .sorted(Comparator.comparingInt(code -> levels[code]))
            .mapToInt(Integer::intValue)
            .toArray();
    this.sorted = Arrays.stream(codes).map(code -> levels[code]).toArray();
    this.even = sorted[sorted.length - 1] - sorted[0] == sorted.length - 1;
    this.borders = new double[sorted.length - 1];
    for (int i = 0; i < borders.length; i++) {
      borders[i] = (sorted[i] + sorted[i + 1]) / 2.0;
    }
  }

  int least() {
    return sorted[0];
  }

  int most() {
    return sorted[sorted.length - 1];
  }

  /** The level of larger magnitude. */
  int extreme() {
    return -least() > most() ? least() : most();
  }

  /** The place of the level that is nearest to a number. */
  private int place(double x) {
    if (even) {
      double place = Math.rint(x) - sorted[0];
      return (int) Math.clamp(place, 0, sorted.length - 1);
    }
    int place = Arrays.binarySearch(borders, x);
    return place < 0 ? -place - 1 : place;
  }

  /** The level that is nearest to a number. */
  int level(double x) {
    return sorted[place(x)];
  }

  /** The code of the level that is nearest to a number. */
  int code(double x) {
    return codes[place(x)];
  }
}
