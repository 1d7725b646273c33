package io.compot.export;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Weights of any floating type in single precision, some rows at a time. */
public final class Floats {

  private Floats() {}

  /**
   * Numbers of a tensor.
   *
   * @param from the first
   * @throws InputException where the tensor is of no floating type, or one is NaN or infinite
   */
  public static float[] read(WeightSource source, String name, long from, int count)
      throws InputException {
    TensorInfo info = source.info(name);
    Dtype dtype = info.dtype();
    if (!dtype.isFloating()) {
      throw InputException.in(
          source.file(name),
          "tensor " + Shown.of(name),
          "its type is " + dtype + ", which is no weight's",
          "use a checkpoint with weights in F16, BF16 or F32");
    }
    float[] values = new float[count];
    try (var arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate((long) count * dtype.bytes(), dtype.bytes());
      source.read(name, from * dtype.bytes(), bytes);
      switch (dtype) {
        case F32 -> MemorySegment.copy(bytes, ValueLayout.JAVA_FLOAT, 0, values, 0, count);
        case F16 -> {
          short[] halves = bytes.toArray(ValueLayout.JAVA_SHORT);
          for (int i = 0; i < count; i++) {
            values[i] = Float.float16ToFloat(halves[i]);
          }
        }
        case BF16 -> {
          short[] halves = bytes.toArray(ValueLayout.JAVA_SHORT);
          for (int i = 0; i < count; i++) {
            values[i] = Float.intBitsToFloat(halves[i] << 16);
          }
        }
        default -> {
          for (int i = 0; i < count; i++) {
            values[i] = (float) bytes.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
          }
        }
      }
    }
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(values[i])) {
        throw InputException.in(
            source.file(name),
            "tensor " + Shown.of(name),
            "element %d is NaN or infinite, or beyond single precision".formatted(from + i),
            "the weights are damaged: use an intact checkpoint");
      }
    }
    return values;
  }
}
