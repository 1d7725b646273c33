package io.compot;

import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import java.util.Locale;

/** The element type in which a model computes. */
public enum Computation {
  /** bf16 where the weights are stored in bf16, f32 otherwise. */
  AUTO,
  /** Single precision, whatever the weights are stored in. */
  F32,
  /** Half the memory, about twice the speed on processors that have bf16 products. */
  BF16;

  /**
   * "auto", "f32" or "bf16".
   *
   * @throws UsageException for any other name
   */
  public static Computation named(String name) throws UsageException {
    for (Computation each : values()) {
      if (each.toString().equals(name.toLowerCase(Locale.ROOT))) {
        return each;
      }
    }
    throw new UsageException("dtype " + name + " is unknown; choose auto, f32 or bf16");
  }

  /** The type to compute in, for weights stored in the given one. */
  Dtype over(Dtype stored) {
    return switch (this) {
      case AUTO -> stored == Dtype.BF16 ? Dtype.BF16 : Dtype.F32;
      case F32 -> Dtype.F32;
      case BF16 -> Dtype.BF16;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
