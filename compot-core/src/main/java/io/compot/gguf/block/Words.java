package io.compot.gguf.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in byte arrays. */
final class Words {

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private Words() {}

  static float half(byte[] bytes, int at) {
    return Float.float16ToFloat((short) SHORT.get(bytes, at));
  }

  static void half(byte[] bytes, int at, float value) {
    SHORT.set(bytes, at, Float.floatToFloat16(value));
  }

  static int u16(byte[] bytes, int at) {
    return Short.toUnsignedInt((short) SHORT.get(bytes, at));
  }

  static void u16(byte[] bytes, int at, int value) {
    SHORT.set(bytes, at, (short) value);
  }

  static double f64(byte[] bytes, int at) {
    return (double) DOUBLE.get(bytes, at);
  }

  static int i32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  static void i32(byte[] bytes, int at, int value) {
    INT.set(bytes, at, value);
  }

  /** A field of a byte: {@code width} bits from bit {@code from} on. */
  static int field(byte[] bytes, int at, int from, int width) {
    return (bytes[at] >> from) & ((1 << width) - 1);
  }

  /** Adds a field to a byte that has zeros there. */
  static void put(byte[] bytes, int at, int from, int value) {
    bytes[at] |= (byte) (value << from);
  }
}
