package io.compot.grouped;

import org.jspecify.annotations.Nullable;

/**
 * The layout {@code pack-quantized} of compressed-tensors: codes packed along the input in each
 * output row, scales [out, groups], zeros packed along the output in each group.
 */
public final class CompressedTensors {

  /** Releases up to this one left the high bits of words unused where codes do not fill them. */
  private static final int[] LAST_PADDED = {0, 16};

  private CompressedTensors() {}

  /**
   * Whether a release packs codes across the ends of words; it matters for 3, 5, 6 and 7 bits.
   *
   * @param version "0.19.0" and the like, as {@code config.json} has it
   */
  public static boolean dense(String version) {
    String[] parts = version.split("\\.", -1);
    try {
      int major = Integer.parseInt(parts[0]);
      int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
      return major > LAST_PADDED[0] || minor > LAST_PADDED[1];
    } catch (NumberFormatException _) {
      return true;
    }
  }

  /**
   * A weight from its tensors.
   *
   * @param packed {@code weight_packed}, [rows, words]
   * @param scales {@code weight_scale}, [rows, groups]
   * @param zeroPoint {@code weight_zero_point}, [words of a column of rows, groups]; null where
   *     symmetric
   * @param groupOf {@code weight_g_idx}, or groups one after the other
   */
  public static GroupedWeight weight(
      int rows,
      int columns,
      int bits,
      boolean dense,
      int[] packed,
      float[] scales,
      int @Nullable [] zeroPoint,
      int[] groupOf) {
    int groups = scales.length / rows;
    int words = CodeStreams.wordCount(columns, bits, dense);
    byte[] zeros = null;
    if (zeroPoint != null) {
      var stored = new CodeStreams(zeroPoint, bits, 1, groups, dense);
      zeros = new byte[rows * groups];
      for (int row = 0; row < rows; row++) {
        for (int group = 0; group < groups; group++) {
          zeros[row * groups + group] = (byte) stored.get(group, row);
        }
      }
    }
    return new GroupedWeight(
        rows,
        columns,
        groups,
        CodeStreams.alongRows(packed, bits, words, dense),
        scales,
        zeros,
        groupOf);
  }

  /** {@code weight_packed} of a weight, [rows, words], densely packed. */
  public static int[] packed(GroupedWeight weight) {
    int words = CodeStreams.wordCount(weight.columns(), weight.bits(), true);
    var packed = CodeStreams.alongRows(new int[weight.rows() * words], weight.bits(), words, true);
    for (int row = 0; row < weight.rows(); row++) {
      for (int j = 0; j < weight.columns(); j++) {
        packed.put(row, j, weight.code(row, j));
      }
    }
    return packed.words();
  }

  /** {@code weight_zero_point} of a weight, [words of a column of rows, groups]. */
  public static int[] zeroPoint(GroupedWeight weight) {
    int words = CodeStreams.wordCount(weight.rows(), weight.bits(), true);
    var packed =
        CodeStreams.downColumns(new int[words * weight.groups()], weight.bits(), weight.groups());
    for (int row = 0; row < weight.rows(); row++) {
      for (int group = 0; group < weight.groups(); group++) {
        packed.put(group, row, weight.zero(row, group));
      }
    }
    return packed.words();
  }
}
