package io.compot.gguf.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Codes and scales of grids come back out of blocks as the weights that they stood for. */
class GridBlocksTest {

  private static final int ROWS = 3;
  private static final int COLUMNS = 192;

  @ParameterizedTest
  @CsvSource({
    "4, true, 32",
    "4, true, 64",
    "5, true, 96",
    "8, true, 192",
    "4, false, 32",
    "5, false, 64"
  })
  void weightsComeBack(int width, boolean symmetric, int group) {
    var random = new SplittableRandom(width + group);
    int groups = COLUMNS / group;
    byte[] codes = new byte[ROWS * COLUMNS];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(1 << width);
    }
    float[] scales = new float[ROWS * groups];
    byte[] zeros = new byte[scales.length];
    for (int i = 0; i < scales.length; i++) {
      // As half precision has them: nothing is rounded but the minima of grids with zero points.
      scales[i] = Float.float16ToFloat(Float.floatToFloat16((float) random.nextDouble(0.001, 1)));
      zeros[i] = (byte) (symmetric ? 1 << (width - 1) : random.nextInt(1 << width));
    }
    BlockType type = GridBlocks.type(width, symmetric, group).orElseThrow();
    byte[] bytes = GridBlocks.pack(type, ROWS, COLUMNS, codes, scales, zeros);
    float[] decoded = new float[codes.length];
    new BlockDecoder(type).decode(bytes, 0, decoded, 0, decoded.length);
    for (int i = 0; i < decoded.length; i++) {
      int at = i / COLUMNS * groups + i % COLUMNS / group;
      int zero = zeros[at] & 0xff;
      float weight = scales[at] * ((codes[i] & 0xff) - zero);
      float tolerance = symmetric ? 0 : scales[at] * zero * 0x1p-11f;
      assertThat(decoded[i]).isCloseTo(weight, within(tolerance));
    }
  }

  @ParameterizedTest
  @CsvSource({"3, true, 32", "4, true, 48", "8, false, 32", "6, true, 64"})
  void otherGridsHaveNoType(int width, boolean symmetric, int group) {
    assertThat(GridBlocks.type(width, symmetric, group)).isEmpty();
  }
}
