package io.compot.audio;

import io.compot.error.InputException;
import java.util.Arrays;

/** One channel of sound. */
public final class Sound {

  private static final int PIECE = 1 << 16;

  private final float[] samples;
  private final int rate;

  /**
   * Sound that nobody changes any more.
   *
   * @param samples from -1 to 1
   * @param rate samples a second
   */
  Sound(float[] samples, int rate) {
    this.samples = samples;
    this.rate = rate;
  }

  /**
   * The rest of a stream.
   *
   * @param most samples that are read at most
   * @throws InputException where it cannot be read
   */
  static Sound of(SoundStream stream, long most) throws InputException {
    float[] all = new float[(int) Math.min(most, PIECE)];
    int count = stream.read(all);
    while (count == all.length && count < most) {
      // Longer than an array may be: nobody asks for all of so much.
      float[] piece = new float[(int) Math.min(most - count, Math.max(PIECE, count))];
      int some = stream.read(piece);
      all = Arrays.copyOf(all, Math.addExact(count, some));
      System.arraycopy(piece, 0, all, count, some);
      count += some;
      if (some < piece.length) {
        break;
      }
    }
    return new Sound(Arrays.copyOf(all, count), stream.rate());
  }

  /** The same as a stream. */
  SoundStream stream() {
    return new SoundStream() {
      private int at;

      @Override
      public int rate() {
        return rate;
      }

      @Override
      public int read(float[] into) {
        int some = Math.min(into.length, samples.length - at);
        System.arraycopy(samples, at, into, 0, some);
        at += some;
        return some;
      }

      @Override
      public void close() {
        // It is memory.
      }
    };
  }

  /** From -1 to 1; not to be written to. */
  public float[] samples() {
    return samples;
  }

  /** Samples a second. */
  public int rate() {
    return rate;
  }

  /** How long it is. */
  public double seconds() {
    return (double) samples.length / rate;
  }
}
