package io.compot.grouped;

/**
 * The layout of GPTQ checkpoints, as AutoGPTQ and GPTQModel write it, transposed against others:
 * {@code qweight} [in·b/32, out] packs codes down each output's column, {@code qzeros} [groups,
 * out·b/32] packs zeros along the outputs, {@code scales} is [groups, out].
 *
 * <p>Version 1 ({@code checkpoint_format: gptq}) stores zeros less one, version 2 ({@code gptq_v2})
 * as they are. The subtraction is of whole words: a zero of 0 borrows from its neighbour, and what
 * reads it must add to whole words too. For 3 bits, where codes straddle words, it is of single
 * fields.
 */
public final class Gptq {

  private Gptq() {}

  /**
   * A weight from its tensors.
   *
   * @param rows outputs
   * @param columns inputs
   * @param qweight [columns·bits/32, rows]
   * @param qzeros [groups, rows·bits/32]
   * @param scales [groups, rows]
   * @param groupOf {@code g_idx}, or groups one after the other
   * @param zerosLessOne whether it is version 1
   */
  public static GroupedWeight weight(
      int rows,
      int columns,
      int bits,
      int[] qweight,
      int[] qzeros,
      float[] scales,
      int[] groupOf,
      boolean zerosLessOne) {
    int groups = scales.length / rows;
    float[] byRow = new float[scales.length];
    byte[] zeros = new byte[scales.length];
    var stored =
        CodeStreams.alongRows(
            zerosLessOne ? shifted(qzeros, bits, 1) : qzeros, bits, rows * bits / 32, true);
    int fieldShift = zerosLessOne && !wholeFields(bits) ? 1 : 0;
    for (int row = 0; row < rows; row++) {
      for (int group = 0; group < groups; group++) {
        byRow[row * groups + group] = scales[group * rows + row];
        zeros[row * groups + group] =
            (byte) ((stored.get(group, row) + fieldShift) & ((1 << bits) - 1));
      }
    }
    return new GroupedWeight(
        rows, columns, groups, CodeStreams.downColumns(qweight, bits, rows), byRow, zeros, groupOf);
  }

  /**
   * Whether all zeros are stored as half the range, which in a symmetric checkpoint means that
   * nothing was subtracted, whatever its version says.
   */
  public static boolean storesHalf(int[] qzeros, int bits, int rows) {
    int words = rows * bits / 32;
    var stored = CodeStreams.alongRows(qzeros, bits, words, true);
    for (int group = 0; group < qzeros.length / Math.max(1, words); group++) {
      for (int row = 0; row < rows; row++) {
        if (stored.get(group, row) != 1 << (bits - 1)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The tensor of codes. */
  public static int[] qweight(GroupedWeight weight) {
    int words = weight.columns() * weight.bits() / 32;
    var packed =
        CodeStreams.downColumns(new int[words * weight.rows()], weight.bits(), weight.rows());
    for (int row = 0; row < weight.rows(); row++) {
      for (int j = 0; j < weight.columns(); j++) {
        packed.put(row, j, weight.code(row, j));
      }
    }
    return packed.words();
  }

  /**
   * {@code qzeros} of a weight.
   *
   * @param lessOne whether for version 1, which only zeros from 1 on survive in all readers
   */
  public static int[] qzeros(GroupedWeight weight, boolean lessOne) {
    int words = weight.rows() * weight.bits() / 32;
    var packed =
        CodeStreams.alongRows(new int[words * weight.groups()], weight.bits(), words, true);
    int fieldShift = lessOne && !wholeFields(weight.bits()) ? -1 : 0;
    int mask = (1 << weight.bits()) - 1;
    for (int row = 0; row < weight.rows(); row++) {
      for (int group = 0; group < weight.groups(); group++) {
        packed.put(group, row, (weight.zero(row, group) + fieldShift) & mask);
      }
    }
    return lessOne ? shifted(packed.words(), weight.bits(), -1) : packed.words();
  }

  /** {@code scales} of a weight, [groups, rows]. */
  public static float[] scales(GroupedWeight weight) {
    float[] byGroup = new float[weight.rows() * weight.groups()];
    for (int row = 0; row < weight.rows(); row++) {
      for (int group = 0; group < weight.groups(); group++) {
        byGroup[group * weight.rows() + row] = weight.scale(row, group);
      }
    }
    return byGroup;
  }

  /** Whole words with so many added to each field, where fields fill words. */
  private static int[] shifted(int[] words, int bits, int by) {
    if (!wholeFields(bits)) {
      return words;
    }
    int ones = 0;
    for (int at = 0; at < 32; at += bits) {
      ones |= 1 << at;
    }
    int[] shifted = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      shifted[i] = words[i] + by * ones;
    }
    return shifted;
  }

  private static boolean wholeFields(int bits) {
    return 32 % bits == 0;
  }
}
