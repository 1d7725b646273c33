package io.compot.gguf.block;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Weights from their blocks, in single precision and in the order of operations of ggml's own
 * decoders, so that they agree in every bit. Holds a buffer: one decoder a thread.
 */
public final class BlockDecoder {

  private final BlockType type;
  private final @Nullable BlockParts parts;

  /**
   * A decoder.
   *
   * @throws IllegalArgumentException where the type is known by its size only
   */
  public BlockDecoder(BlockType type) {
    if (!type.decodes()) {
      throw new IllegalArgumentException(type + " cannot be decoded");
    }
    this.type = type;
    this.parts = type.isQuantised() ? new BlockParts(type) : null;
  }

  /**
   * Decodes whole blocks.
   *
   * @param bytes the blocks, from {@code from} on
   * @param values filled from {@code at} on with {@code count} weights
   * @param count a multiple of the block's weights
   */
  public void decode(byte[] bytes, int from, float[] values, int at, int count) {
    switch (type) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = Float.intBitsToFloat(Words.i32(bytes, from + 4 * i));
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = (float) Words.f64(bytes, from + 8 * i);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = Words.half(bytes, from + 2 * i);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = Float.intBitsToFloat(Words.u16(bytes, from + 2 * i) << 16);
        }
      }
      default -> {
        BlockParts block = Objects.requireNonNull(parts);
        int source = from;
        for (int i = 0; i < count; i += type.elements(), source += type.bytes()) {
          block.unpack(bytes, source);
          block.decode(values, at + i);
        }
      }
    }
  }
}
