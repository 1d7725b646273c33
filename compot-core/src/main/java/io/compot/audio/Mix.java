package io.compot.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Turns interleaved samples of several channels into numbers of one. */
final class Mix {

  private final int channels;
  private final int width;
  private final ByteOrder order;
  private final boolean unsigned;
  private final boolean real;

  /**
   * Of samples as a file has them.
   *
   * @param channels side by side
   * @param bits of a sample; whole bytes
   */
  Mix(int channels, int bits, boolean bigEndian, boolean unsigned, boolean real) {
    this.channels = channels;
    this.width = (bits + 7) / 8;
    this.order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    this.unsigned = unsigned;
    this.real = real;
    boolean known = channels > 0 && (real ? bits == 32 || bits == 64 : width >= 1 && width <= 4);
    if (!known) {
      throw new IllegalArgumentException("%d channels of %d bits".formatted(channels, bits));
    }
  }

  /** Bytes of one sample of all channels. */
  int frame() {
    return channels * width;
  }

  /**
   * The mean of all channels.
   *
   * @param bytes from their beginning
   * @param count samples of each channel
   * @param samples takes them
   * @param at where the first goes
   */
  void into(byte[] bytes, int count, float[] samples, int at) {
    var buffer = ByteBuffer.wrap(bytes).order(order);
    for (int frame = 0; frame < count; frame++) {
      double sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        sum += sample(buffer, (frame * channels + channel) * width);
      }
      samples[at + frame] = (float) (sum / channels);
    }
  }

  private double sample(ByteBuffer buffer, int at) {
    if (real) {
      return width == 4 ? buffer.getFloat(at) : buffer.getDouble(at);
    }
    double half = 1L << (8 * width - 1);
    if (unsigned) {
      return (Byte.toUnsignedInt(buffer.get(at)) - half) / half;
    }
    return switch (width) {
          case 1 -> buffer.get(at);
          case 2 -> buffer.getShort(at);
          case 3 -> triple(buffer, at);
          default -> buffer.getInt(at);
        }
        / half;
  }

  private int triple(ByteBuffer buffer, int at) {
    boolean big = order == ByteOrder.BIG_ENDIAN;
    int high = buffer.get(big ? at : at + 2);
    int middle = Byte.toUnsignedInt(buffer.get(at + 1));
    int low = Byte.toUnsignedInt(buffer.get(big ? at + 2 : at));
    return (high << 16) | (middle << 8) | low;
  }
}
