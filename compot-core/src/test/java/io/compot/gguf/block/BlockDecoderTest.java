package io.compot.gguf.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every block type against ggml's own decoder, to the last bit. */
class BlockDecoderTest {

  private final GgmlBlocks blocks;

  BlockDecoderTest() throws Exception {
    blocks = new GgmlBlocks();
  }

  static Stream<BlockType> decoded() {
    return Arrays.stream(BlockType.values())
        .filter(type -> type.decodes() && type != BlockType.F32 && type != BlockType.F64);
  }

  static Stream<BlockType> blocks() {
    return decoded().filter(BlockType::isQuantised);
  }

  @ParameterizedTest
  @MethodSource("decoded")
  void decodesAsGgmlDoes(BlockType type) {
    for (String kind : new String[] {"", ".imatrix"}) {
      if (kind.isEmpty() || blocks.has(type + ".imatrix.bytes")) {
        byte[] bytes = blocks.bytes(type + kind + ".bytes");
        float[] expected = blocks.floats(type + kind + ".dequant");
        float[] decoded = new float[expected.length];
        new BlockDecoder(type).decode(bytes, 0, decoded, 0, decoded.length);
        assertThat(decoded).as(type + kind).containsExactly(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void whatIsTakenApartIsPutTogetherAgain(BlockType type) {
    byte[] bytes = blocks.bytes(type + ".bytes");
    byte[] again = bytes.clone();
    BlockParts parts = new BlockParts(type);
    for (int at = 0; at < bytes.length; at += type.bytes()) {
      parts.unpack(bytes, at);
      Arrays.fill(again, at, at + type.bytes(), (byte) 0x55);
      parts.pack(again, at);
    }
    assertThat(again).isEqualTo(bytes);
  }

  @Test
  void plainNumbers() {
    byte[] bytes = new byte[16];
    Words.i32(bytes, 0, Float.floatToIntBits(1.5f));
    float[] values = new float[1];
    new BlockDecoder(BlockType.F32).decode(bytes, 0, values, 0, 1);
    assertThat(values).containsExactly(1.5f);
    long bits = Double.doubleToLongBits(-2.25);
    Words.i32(bytes, 8, (int) bits);
    Words.i32(bytes, 12, (int) (bits >>> 32));
    new BlockDecoder(BlockType.F64).decode(bytes, 8, values, 0, 1);
    assertThat(values).containsExactly(-2.25f);
  }

  @Test
  void sizesAreThoseOfTheFixture() {
    for (BlockType type : BlockType.values()) {
      if (blocks.has(type + ".bytes")) {
        assertThat(type.bytes(4L * GgmlBlocks.COLUMNS).orElseThrow())
            .as(type.name())
            .isEqualTo(blocks.bytes(type + ".bytes").length);
      }
    }
  }

  @Test
  void typesKnownBySizeOnlyAreRefused() {
    assertThat(BlockType.IQ2_XXS.decodes()).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> new BlockDecoder(BlockType.IQ2_XXS));
    assertThat(BlockType.of(4)).isEmpty();
    assertThat(BlockType.of(12)).contains(BlockType.Q4_K);
  }
}
