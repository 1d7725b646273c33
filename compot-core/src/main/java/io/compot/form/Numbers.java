package io.compot.form;

import io.compot.quantise.Grid;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisMatrix;
import io.compot.tensor.Dtype;

/** How the numbers of one matrix are stored, be it a whole weight or a factor of one. */
public sealed interface Numbers {

  /** Exact bits of a matrix. */
  long bits(long rows, long columns);

  /** Whether a matrix of that shape can be stored so. */
  boolean fits(long rows, long columns);

  /** Exact bits of a stream of numbers that have no rows. */
  long bits(long count);

  /** Whether a stream of that length can be stored so. */
  boolean fits(long count);

  /** For people: "F16", or "4 bits by 128". */
  String words();

  /** What is said of factors in such numbers behind their size: nothing where they are plain. */
  default String suffix() {
    return ", " + words();
  }

  /** Floating-point numbers, one after another. */
  record Plain(Dtype dtype) implements Numbers {

    public Plain {
      if (!dtype.isFloating()) {
        throw new IllegalArgumentException("weights cannot be stored as plain " + dtype);
      }
    }

    @Override
    public long bits(long rows, long columns) {
      return rows * columns * dtype.bits();
    }

    @Override
    public boolean fits(long rows, long columns) {
      return rows >= 1 && columns >= 1;
    }

    @Override
    public long bits(long count) {
      return count * dtype.bits();
    }

    @Override
    public boolean fits(long count) {
      return count >= 1;
    }

    @Override
    public String words() {
      return dtype.name();
    }

    @Override
    public String suffix() {
      return "";
    }
  }

  /**
   * Integers of a few bits with a scale for each group of consecutive columns. The order in which
   * columns were rounded leaves no trace in them.
   *
   * @param grid width, group, zero points and the scales' type
   */
  record Grouped(Grid grid) implements Numbers {

    @Override
    public long bits(long rows, long columns) {
      return grid.bits(rows, columns);
    }

    @Override
    public boolean fits(long rows, long columns) {
      return rows >= 1
          && columns >= 1
          && columns <= Integer.MAX_VALUE
          && columns % grid.groupIn(columns) == 0;
    }

    /** Each group is a row of its own; the last is filled up. */
    @Override
    public long bits(long count) {
      return grid.bits(Math.ceilDiv(count, grid.group()), grid.group());
    }

    @Override
    public boolean fits(long count) {
      return count >= 1 && grid.group() != Grid.ROW;
    }

    @Override
    public String words() {
      return grid.group() == Grid.ROW
          ? grid.width() + " bits"
          : "%d bits by %d".formatted(grid.width(), grid.group());
    }
  }

  /**
   * Rings of trellis codes of the matrix turned on both sides, with one scale: column after column.
   *
   * @param format width, code and length of the rings
   */
  record Trellis(TrellisFormat format) implements Numbers {

    @Override
    public long bits(long rows, long columns) {
      return TrellisMatrix.bits(format, rows, columns);
    }

    @Override
    public boolean fits(long rows, long columns) {
      return format.fits(rows) && columns >= 1 && columns <= Integer.MAX_VALUE;
    }

    @Override
    public long bits(long count) {
      throw new IllegalArgumentException("a stream has no columns for trellis codes");
    }

    @Override
    public boolean fits(long count) {
      return false;
    }

    @Override
    public String words() {
      int half = format.halfBits();
      return "trellis of %s bits".formatted(half % 2 == 0 ? "" + half / 2 : half / 2 + ".5");
    }
  }
}
