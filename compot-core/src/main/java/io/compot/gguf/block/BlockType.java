package io.compot.gguf.block;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How ggml stores tensors: plain numbers, or blocks of a fixed number of weights in a fixed number
 * of bytes. Names and ids are those of GGUF files. Types without a layout here are known by name
 * and size only.
 */
public enum BlockType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, 1, 2),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  MXFP4(39, 32, 17);

  private final int id;
  private final int elements;
  private final int bytes;

  BlockType(int id, int elements, int bytes) {
    this.id = id;
    this.elements = elements;
    this.bytes = bytes;
  }

  /** The type of an id in a file. */
  public static Optional<BlockType> of(long id) {
    for (BlockType type : values()) {
      if (type.id == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The id in files. */
  public int id() {
    return id;
  }

  /** Weights in a block; 1 for plain numbers. A row of a tensor is whole blocks. */
  public int elements() {
    return elements;
  }

  /** Bytes of a block. */
  public int bytes() {
    return bytes;
  }

  /** Bits a weight. */
  public double bits() {
    return 8.0 * bytes / elements;
  }

  /** Bytes of so many weights; empty where they are no whole blocks or too many to count. */
  public OptionalLong bytes(long weights) {
    long blocks = weights / elements;
    return weights % elements != 0 || blocks > Long.MAX_VALUE / bytes
        ? OptionalLong.empty()
        : OptionalLong.of(blocks * bytes);
  }

  /** Whether weights of this type can be read. */
  public boolean decodes() {
    return BlockForm.find(this) != null || isFloating();
  }

  /** Whether weights can be rounded onto this type. */
  public boolean encodes() {
    return BlockForm.find(this) != null || this == F32 || this == F16 || this == BF16;
  }

  /** Whether it is blocks with scales of their own. */
  public boolean isQuantised() {
    return elements > 1;
  }

  private boolean isFloating() {
    return this == F32 || this == F16 || this == BF16 || this == F64;
  }
}
