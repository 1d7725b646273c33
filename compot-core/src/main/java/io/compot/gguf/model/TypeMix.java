package io.compot.gguf.model;

import io.compot.gguf.block.BlockType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which type each tensor gets: one type for all, or llama.cpp's mixes, which give more bits to what
 * matters more. Norms, biases, routers and positions are always F32. A row that is no whole number
 * of blocks falls back to a type of smaller blocks of the size that llama-quantize would take.
 */
public enum TypeMix {
  F32(BlockType.F32, 0),
  F16(BlockType.F16, 1),
  BF16(BlockType.BF16, 32),
  Q8_0(BlockType.Q8_0, 7),
  Q4_0(BlockType.Q4_0, 2),
  Q4_1(BlockType.Q4_1, 3),
  Q5_0(BlockType.Q5_0, 8),
  Q5_1(BlockType.Q5_1, 9),
  Q2_K(BlockType.Q2_K, 10),
  Q3_K_S(BlockType.Q3_K, 11),
  Q3_K_M(BlockType.Q3_K, 12),
  Q4_K_S(BlockType.Q4_K, 14),
  Q4_K_M(BlockType.Q4_K, 15),
  Q5_K_S(BlockType.Q5_K, 16),
  Q5_K_M(BlockType.Q5_K, 17),
  Q6_K(BlockType.Q6_K, 18),
  IQ4_NL(BlockType.IQ4_NL, 25),
  IQ4_XS(BlockType.IQ4_XS, 30);

  private final BlockType base;
  private final int fileType;

  TypeMix(BlockType base, int fileType) {
    this.base = base;
    this.fileType = fileType;
  }

  /** The mix of a name, in capitals or not. */
  public static Optional<TypeMix> named(String name) {
    return Arrays.stream(values())
        .filter(mix -> mix.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst();
  }

  /** The name that commands and others' tools know it by. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** llama.cpp's number of it. */
  public int fileType() {
    return fileType;
  }

  /** Whether it stores blocks. */
  public boolean isQuantised() {
    return base.isQuantised();
  }

  /**
   * The type of a tensor.
   *
   * @param name in the file
   * @param shape slowest dimension first
   * @param layers number of blocks
   * @param tied whether the embedding is the output matrix as well
   */
  public BlockType type(String name, List<Long> shape, int layers, boolean tied) {
    if (shape.size() == 1 || name.contains("ffn_gate_inp") || name.equals("position_embd.weight")) {
      return BlockType.F32;
    }
    BlockType wanted = wanted(name, layers, tied);
    return fitting(wanted, shape.getLast());
  }

  private BlockType wanted(String name, int layers, boolean tied) {
    if (!base.isQuantised()) {
      return base;
    }
    boolean output = name.equals("output.weight") || (tied && name.equals("token_embd.weight"));
    if (output) {
      return base == BlockType.Q8_0 ? base : BlockType.Q6_K;
    }
    int layer = name.startsWith("blk.") ? Integer.parseInt(name.split("\\.", -1)[1]) : -1;
    boolean value = name.contains(".attn_v.");
    boolean down = name.contains(".ffn_down");
    boolean joined = name.contains(".attn_qkv.");
    boolean more = moreBits(layer, layers);
    return switch (this) {
      case Q2_K ->
          value ? BlockType.Q4_K : down || name.contains(".attn_output.") ? BlockType.Q3_K : base;
      case Q3_K_M -> {
        if (value) {
          yield layer < 2 ? BlockType.Q5_K : BlockType.Q4_K;
        }
        if (down) {
          yield layer < layers / 16 ? BlockType.Q5_K : BlockType.Q4_K;
        }
        yield joined || name.contains(".attn_output.") ? BlockType.Q4_K : base;
      }
      case Q4_K_S -> (value && layer < 4) || (down && layer < layers / 8) ? BlockType.Q5_K : base;
      case Q4_K_M -> (value || down) && more ? BlockType.Q6_K : joined ? BlockType.Q5_K : base;
      case Q5_K_M -> joined || ((value || down) && more) ? BlockType.Q6_K : base;
      case IQ4_NL, IQ4_XS -> value || (down && layer < layers / 8) ? BlockType.Q5_K : base;
      default -> base;
    };
  }

  /** The first and last eighth of all layers, and every third between. */
  private static boolean moreBits(int layer, int layers) {
    int eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
  }

  /** A type whose blocks fill rows of so many weights. */
  static BlockType fitting(BlockType wanted, long columns) {
    if (columns % wanted.elements() == 0) {
      return wanted;
    }
    BlockType smaller =
        switch (wanted) {
          // As large as llama-quantize's Q4_0 here, and closer to how weights lie.
          case Q2_K, Q3_K -> BlockType.IQ4_NL;
          case Q4_K -> BlockType.Q5_0;
          case Q5_K -> BlockType.Q5_1;
          case Q6_K -> BlockType.Q8_0;
          case IQ4_XS -> BlockType.IQ4_NL;
          default -> BlockType.F16;
        };
    return columns % smaller.elements() == 0 ? smaller : BlockType.F16;
  }
}
