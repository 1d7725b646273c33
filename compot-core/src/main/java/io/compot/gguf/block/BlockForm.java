package io.compot.gguf.block;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What blocks of a type are made of: sub-blocks, scales, levels, and where all that stands. */
final class BlockForm {

  /** Weights in a sub-block. */
  final int sub;

  /** The shape of the scales. */
  final Scales scales;

  /** Levels by code. */
  final int[] levels;

  /** Where scales and codes stand. */
  final BlockLayout layout;

  private BlockForm(int sub, Scales scales, int[] levels, BlockLayout layout) {
    this.sub = sub;
    this.scales = scales;
    this.levels = levels;
    this.layout = layout;
  }

  /** The form of a type; null where there is none here. */
  static @Nullable BlockForm find(BlockType type) {
    return switch (type) {
      case Q4_0 -> nibbles(Scales.ONE, false, from(-8, 7));
      case Q4_1 -> nibbles(Scales.AFFINE, false, from(0, 15));
      case Q5_0 -> nibbles(Scales.ONE, true, from(-16, 15));
      case Q5_1 -> nibbles(Scales.AFFINE, true, from(0, 31));
      case Q8_0 -> new BlockForm(32, Scales.ONE, from(-128, 127), new ByteLayout());
      case IQ4_NL -> nibbles(Scales.ONE, false, Levels.curve());
      case MXFP4 -> nibbles(Scales.POWER, false, Levels.fp4());
      case Q2_K -> new BlockForm(16, Scales.SUPER_AFFINE, from(0, 3), new Q2kLayout());
      case Q3_K -> new BlockForm(16, Scales.SUPER, from(-4, 3), new Q3kLayout());
      case Q4_K -> new BlockForm(32, Scales.SUPER_AFFINE, from(0, 15), new Q45kLayout(false));
      case Q5_K -> new BlockForm(32, Scales.SUPER_AFFINE, from(0, 31), new Q45kLayout(true));
      case Q6_K -> new BlockForm(16, Scales.SUPER, from(-32, 31), new Q6kLayout());
      case IQ4_XS -> new BlockForm(32, Scales.SUPER, Levels.curve(), new Iq4XsLayout());
      case TQ1_0 -> new BlockForm(256, Scales.ONE, from(-1, 1), new TernaryLayout(true));
      case TQ2_0 -> new BlockForm(256, Scales.ONE, from(-1, 2), new TernaryLayout(false));
      default -> null;
    };
  }

  /** The form of a type that has one. */
  static BlockForm of(BlockType type) {
    BlockForm form = find(type);
    if (form == null) {
      throw new IllegalArgumentException(type + " has no layout here");
    }
    return form;
  }

  private static BlockForm nibbles(Scales scales, boolean fifthBit, int[] levels) {
    return new BlockForm(32, scales, levels, new NibbleLayout(scales, fifthBit));
  }

  private static int[] from(int least, int most) {
    return IntStream.rangeClosed(least, most).toArray();
  }
}
