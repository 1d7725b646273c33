package io.compot.grouped;

import org.jspecify.annotations.Nullable;

/**
 * A matrix [rows, columns] in codes: w = (code − zero)·scale, with scale and zero of the row and of
 * the column's group; or w = code·scale + bias.
 */
public final class GroupedWeight {

  private final int rows;
  private final int columns;
  private final int groups;
  private final CodeStreams codes;
  private final float[] scales;
  private final byte @Nullable [] zeros;
  private final float @Nullable [] biases;
  private final int[] groupOf;

  /**
   * A weight over arrays that are not copied.
   *
   * @param codes one stream a row
   * @param scales [rows, groups], row after row
   * @param zeros the same shape; null for 2^(bits−1) everywhere
   * @param groupOf the group of each column
   */
  public GroupedWeight(
      int rows,
      int columns,
      int groups,
      CodeStreams codes,
      float[] scales,
      byte @Nullable [] zeros,
      int[] groupOf) {
    this(rows, columns, groups, codes, scales, zeros, null, groupOf);
  }

  private GroupedWeight(
      int rows,
      int columns,
      int groups,
      CodeStreams codes,
      float[] scales,
      byte @Nullable [] zeros,
      float @Nullable [] biases,
      int[] groupOf) {
    this.rows = rows;
    this.columns = columns;
    this.groups = groups;
    this.codes = codes;
    this.scales = scales;
    this.zeros = zeros;
    this.biases = biases;
    this.groupOf = groupOf;
  }

  /**
   * A weight whose groups have biases in place of zeros.
   *
   * @param biases [rows, groups], as the scales
   */
  public static GroupedWeight affine(
      int rows, int columns, CodeStreams codes, float[] scales, float[] biases, int[] groupOf) {
    return new GroupedWeight(
        rows, columns, scales.length / rows, codes, scales, null, biases, groupOf);
  }

  /** Columns in groups of one after the other. */
  public static int[] consecutive(int columns, int groupSize) {
    int[] groupOf = new int[columns];
    for (int j = 0; j < columns; j++) {
      groupOf[j] = j / groupSize;
    }
    return groupOf;
  }

  /** Number of rows: outputs. */
  public int rows() {
    return rows;
  }

  /** Number of columns: inputs. */
  public int columns() {
    return columns;
  }

  /** Groups of a row. */
  public int groups() {
    return groups;
  }

  /** A code. */
  public int code(int row, int column) {
    return codes.get(row, column);
  }

  /** The scale of a row's group. */
  public float scale(int row, int group) {
    return scales[row * groups + group];
  }

  /** The group of a column. */
  public int groupOf(int column) {
    return groupOf[column];
  }

  /** Width of a code. */
  public int bits() {
    return codes.bits();
  }

  /** The zero of a row's group: the code that stands for a weight of zero. */
  public int zero(int row, int group) {
    return zeros == null ? 1 << (bits() - 1) : zeros[row * groups + group] & 0xff;
  }

  /** The weights of a row, in single precision. */
  public void row(int row, float[] into, int at) {
    for (int j = 0; j < columns; j++) {
      int group = row * groups + groupOf[j];
      into[at + j] =
          biases == null
              ? (codes.get(row, j) - zero(row, groupOf[j])) * scales[group]
              : codes.get(row, j) * scales[group] + biases[group];
    }
  }
}
