package io.compot.gguf.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rounding against ggml's: the same bytes where it is defined, and no more error where it is a
 * search.
 */
class BlockEncoderTest {

  private final GgmlBlocks blocks;

  BlockEncoderTest() throws Exception {
    blocks = new GgmlBlocks();
  }

  static Stream<BlockType> encoded() {
    return Arrays.stream(BlockType.values()).filter(t -> t.encodes() && t.isQuantised());
  }

  @ParameterizedTest
  @EnumSource(
      names = {"F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4"})
  void sameBytesAsGgml(BlockType type) {
    byte[] expected = blocks.bytes(type + ".bytes");
    float[] source = blocks.floats("source");
    byte[] bytes = new byte[expected.length];
    BlockEncoder.nearest(type).encode(source, 0, null, 0, bytes, 0, source.length);
    assertThat(bytes).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("encoded")
  void fittedHasNoMoreErrorThanGgml(BlockType type) {
    float[] source = blocks.floats("source");
    float[] importance = blocks.floats("imatrix");
    float[] equal = new float[GgmlBlocks.COLUMNS];
    Arrays.fill(equal, 1);
    for (int row = 0; row < source.length / GgmlBlocks.COLUMNS; row++) {
      for (boolean weighted : new boolean[] {false, true}) {
        float[] weights = weighted ? importance : equal;
        double ours = error(source, fitted(type, source, row, weights), row, weights);
        for (String kind : new String[] {".dequant", ".imatrix.dequant"}) {
          if (blocks.has(type + kind)) {
            double theirs = error(source, row(blocks.floats(type + kind), row), row, weights);
            assertThat(ours)
                .as("%s%s row %d, %s", type, kind, row, weighted ? "weighted" : "equal")
                .isLessThanOrEqualTo(theirs * 1.0001);
          }
        }
      }
    }
  }

  private static float[] fitted(BlockType type, float[] source, int row, float[] weights) {
    int n = GgmlBlocks.COLUMNS;
    byte[] bytes = new byte[(int) type.bytes(n).orElseThrow()];
    BlockEncoder.fitted(type).encode(source, row * n, weights, 0, bytes, 0, n);
    float[] decoded = new float[n];
    new BlockDecoder(type).decode(bytes, 0, decoded, 0, n);
    return decoded;
  }

  private static float[] row(float[] all, int row) {
    return Arrays.copyOfRange(all, row * GgmlBlocks.COLUMNS, (row + 1) * GgmlBlocks.COLUMNS);
  }

  private static double error(float[] source, float[] decoded, int row, float[] weights) {
    double error = 0;
    for (int j = 0; j < decoded.length; j++) {
      double difference = source[row * GgmlBlocks.COLUMNS + j] - decoded[j];
      error += weights[j] * difference * difference;
    }
    return error;
  }
}
