package io.compot.tensor;

import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The element types of safetensors files, by the names used there. */
public enum Dtype {
  BOOL(1, ScalarType.Bool),
  U8(1, ScalarType.Byte),
  I8(1, ScalarType.Char),
  I16(2, ScalarType.Short),
  U16(2, ScalarType.UInt16),
  F16(2, ScalarType.Half),
  BF16(2, ScalarType.BFloat16),
  I32(4, ScalarType.Int),
  U32(4, ScalarType.UInt32),
  F32(4, ScalarType.Float),
  F64(8, ScalarType.Double),
  I64(8, ScalarType.Long),
  U64(8, ScalarType.UInt64);

  private final int bytes;
  private final ScalarType scalarType;

  Dtype(int bytes, ScalarType scalarType) {
    this.bytes = bytes;
    this.scalarType = scalarType;
  }

  /** Bytes an element. */
  public int bytes() {
    return bytes;
  }

  /** Bits an element. */
  public int bits() {
    return 8 * bytes;
  }

  /** The libtorch type of the same elements. */
  public ScalarType scalarType() {
    return scalarType;
  }

  /** Whether weights may be stored in it: F16, BF16, F32 or F64. */
  public boolean isFloating() {
    return this == F16 || this == BF16 || this == F32 || this == F64;
  }

  /** The largest finite number of a floating type. */
  public double largest() {
    return switch (this) {
      case F16 -> 65504;
      case BF16 -> 0x1.fep127;
      case F32 -> Float.MAX_VALUE;
      case F64 -> Double.MAX_VALUE;
      default -> throw new IllegalArgumentException(this + " holds whole numbers");
    };
  }

  /** The smallest number above zero that a floating type holds with all of its digits. */
  public double smallestNormal() {
    return switch (this) {
      case F16 -> 0x1p-14;
      case BF16, F32 -> Float.MIN_NORMAL;
      case F64 -> Double.MIN_NORMAL;
      default -> throw new IllegalArgumentException(this + " holds whole numbers");
    };
  }

  /** The type that safetensors calls {@code name}. */
  public static Optional<Dtype> named(String name) {
    for (Dtype dtype : values()) {
      if (dtype.name().equals(name)) {
        return Optional.of(dtype);
      }
    }
    return Optional.empty();
  }

  /** The type of a libtorch tensor's elements. */
  public static Dtype of(org.bytedeco.pytorch.Tensor tensor) {
    ScalarType type = tensor.scalar_type().intern();
    for (Dtype dtype : values()) {
      if (dtype.scalarType == type) {
        return dtype;
      }
    }
    throw new IllegalArgumentException("no safetensors dtype for libtorch's " + type);
  }
}
