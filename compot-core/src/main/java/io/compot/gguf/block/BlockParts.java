package io.compot.gguf.block;

import java.util.Arrays;

/**
 * A block taken apart: a buffer that is filled again for each block, so that decoding allocates
 * nothing.
 */
final class BlockParts {

  /** The shape of the type's scales. */
  final Scales scales;

  /** The type's levels, by code. */
  final int[] levels;

  /** Weights in a sub-block. */
  final int sub;

  private final BlockLayout layout;

  /** The scale of the block; for types with sub-blocks the scale of their scales. */
  float scale;

  /** The minimum of the block, or the scale of the minima of its sub-blocks. */
  float minimum;

  /** Whole-numbered scales of the sub-blocks. */
  final int[] subScales;

  /** Whole-numbered minima of the sub-blocks. */
  final int[] subMinima;

  /** Codes, one a weight. */
  final int[] codes;

  BlockParts(BlockType type) {
    BlockForm form = BlockForm.of(type);
    this.scales = form.scales;
    this.levels = form.levels;
    this.sub = form.sub;
    this.layout = form.layout;
    this.codes = new int[type.elements()];
    this.subScales = new int[type.elements() / sub];
    this.subMinima = new int[subScales.length];
    Arrays.fill(subScales, 1);
    Arrays.fill(subMinima, 1);
  }

  /** Takes a block apart. */
  void unpack(byte[] bytes, int at) {
    layout.unpack(bytes, at, this);
  }

  /** Puts the block together. */
  void pack(byte[] bytes, int at) {
    layout.pack(this, bytes, at);
  }

  /** Number of sub-blocks. */
  int subs() {
    return subScales.length;
  }

  /** What one level is worth in a sub-block, in the arithmetic of ggml's decoders. */
  float step(int s) {
    return switch (scales) {
      case ONE, AFFINE, POWER -> scale;
      case SUPER, SUPER_AFFINE -> scale * subScales[s];
    };
  }

  /** What is taken off every weight of a sub-block. */
  float low(int s) {
    return switch (scales) {
      case ONE, POWER, SUPER -> 0;
      case AFFINE -> -minimum;
      case SUPER_AFFINE -> minimum * subMinima[s];
    };
  }

  /** The weights. */
  void decode(float[] values, int at) {
    for (int s = 0, j = 0; s < subScales.length; s++) {
      float step = step(s);
      float low = low(s);
      for (int end = j + sub; j < end; j++) {
        values[at + j] = low == 0 ? step * levels[codes[j]] : step * levels[codes[j]] - low;
      }
    }
  }
}
