package io.compot.gguf.block;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rounds weights onto blocks. Holds buffers: one encoder a thread.
 *
 * <p>{@link #nearest} is the rounding of ggml's reference code, to the byte, for the types that
 * have one. {@link #fitted} looks for the scales that make the weighted squared error Σ w·(x − x̂)²
 * small.
 */
public final class BlockEncoder {

  private final BlockType type;
  private final @Nullable BlockParts parts;
  private final @Nullable ScaleSearch search;

  private BlockEncoder(BlockType type, boolean searches) {
    if (!type.encodes()) {
      throw new IllegalArgumentException("nothing can be rounded onto " + type);
    }
    this.type = type;
    this.parts = type.isQuantised() ? new BlockParts(type) : null;
    this.search = searches && type.isQuantised() ? new ScaleSearch(type) : null;
  }

  /**
   * Rounds as ggml's reference code does; types without such a rounding are fitted with equal
   * weights.
   */
  public static BlockEncoder nearest(BlockType type) {
    return new BlockEncoder(type, type.isQuantised() && !NearestRounding.defines(type));
  }

  /** Looks for good scales. */
  public static BlockEncoder fitted(BlockType type) {
    return new BlockEncoder(type, true);
  }

  /**
   * Rounds whole blocks.
   *
   * @param values weights, from {@code from} on
   * @param importance what an error of each of these weights costs, from {@code weightsFrom} on;
   *     null where all are equal
   * @param bytes filled from {@code at} on
   * @param count a multiple of the block's weights
   */
  public void encode(
      float[] values,
      int from,
      float @Nullable [] importance,
      int weightsFrom,
      byte[] bytes,
      int at,
      int count) {
    switch (type) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          Words.i32(bytes, at + 4 * i, Float.floatToRawIntBits(values[from + i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          Words.half(bytes, at + 2 * i, values[from + i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          Words.u16(bytes, at + 2 * i, bfloat(values[from + i]));
        }
      }
      default -> {
        BlockParts block = Objects.requireNonNull(parts);
        int target = at;
        for (int i = 0; i < count; i += type.elements(), target += type.bytes()) {
          if (search == null) {
            NearestRounding.round(type, values, from + i, block);
          } else {
            search.fit(values, from + i, importance, weightsFrom + i, block);
          }
          block.pack(bytes, target);
        }
      }
    }
  }

  /** To the nearest, halves to even; a NaN stays one. */
  private static int bfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (bits >>> 16) | 64;
    }
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
}
