package io.compot;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.util.Locale;

/** The element type in which a model computes. */
public enum Computation {
  /** bf16 where most weights are stored in bf16, f32 otherwise. */
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

  /** The type to compute in, for a model of these weights. */
  Dtype over(WeightSource weights) throws InputException {
    return switch (this) {
      case AUTO -> mostlyBf16(weights) ? Dtype.BF16 : Dtype.F32;
      case F32 -> Dtype.F32;
      case BF16 -> Dtype.BF16;
    };
  }

  private static boolean mostlyBf16(WeightSource weights) throws InputException {
    long bf16 = 0;
    long others = 0;
    for (String name : weights.names()) {
      var info = weights.info(name);
      if (info.dtype() == Dtype.BF16) {
        bf16 += info.elements();
      } else if (info.dtype().isFloating()) {
        others += info.elements();
      }
    }
    return bf16 > others;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
