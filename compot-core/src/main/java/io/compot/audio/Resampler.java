package io.compot.audio;

import static org.bytedeco.pytorch.global.torch.conv1d;

import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * Sound at another rate: interpolation with a sinc function, cut off a little below the lower of
 * the two rates' halves, under a Hann window (Smith, Digital Audio Resampling, 2002). For each
 * place that a new sample may have between two old ones there is one filter; all of them are one
 * convolution.
 */
public final class Resampler {

  /** Zero crossings of the sinc on each side. */
  private static final int CROSSINGS = 32;

  /** Where it cuts off, of the half of the lower rate. */
  private static final double ROLL_OFF = 0.97;

  private Resampler() {}

  /** The same sound at a rate. */
  public static Sound to(int rate, Sound sound) {
    if (sound.rate() == rate) {
      return sound;
    }
    int common = BigInteger.valueOf(rate).gcd(BigInteger.valueOf(sound.rate())).intValue();
    int from = sound.rate() / common;
    int to = rate / common;
    double cut = Math.min(from, to) * ROLL_OFF;
    int width = (int) Math.ceil(CROSSINGS * from / cut);
    int length = 2 * width + from;
    float[] filters = new float[to * length];
    for (int phase = 0; phase < to; phase++) {
      for (int i = 0; i < length; i++) {
        double t = ((i - width) / (double) from - phase / (double) to) * cut;
        filters[phase * length + i] = (float) (filter(t) * cut / from);
      }
    }
    int old = sound.samples().length;
    int blocks = Math.ceilDiv(old, from);
    float[] padded = new float[width + blocks * from + width];
    System.arraycopy(sound.samples(), 0, padded, width, old);
    int count = Math.toIntExact(Math.ceilDiv((long) old * to, (long) from));
    try (var _ = TensorScope.open()) {
      Tensor made =
          conv1d(
                  Tensor.create(padded).view(1, 1, -1),
                  Tensor.create(filters).view(to, 1, length),
                  new TensorOptional(),
                  new long[] {from},
                  new long[] {0},
                  new long[] {1},
                  1)
              .squeeze(0)
              .t()
              .reshape(-1)
              .narrow(0, 0, count)
              .contiguous();
      return new Sound(NativeMemory.bytes(made).toArray(ValueLayout.JAVA_FLOAT), rate);
    }
  }

  /** sinc(t) under its window. */
  private static double filter(double t) {
    if (Math.abs(t) >= CROSSINGS) {
      return 0;
    }
    double window = Math.cos(Math.PI * t / (2 * CROSSINGS));
    double sinc = t == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    return sinc * window * window;
  }
}
