package io.compot.audio;

import io.compot.error.InputException;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * Sound at another rate: interpolation with a sinc function, cut off a little below the lower of
 * the two rates' halves, under a Hann window (Smith, Digital Audio Resampling, 2002). For each
 * place that a new sample may have between two old ones there is one filter.
 */
public final class Resampler implements SoundStream {

  /** Zero crossings of the sinc on each side. */
  private static final int CROSSINGS = 32;

  /** Where it cuts off, of the half of the lower rate. */
  private static final double ROLL_OFF = 0.97;

  /** Filters that are made once; of rates that have little in common there are more. */
  private static final int KEPT = 1024;

  /** Samples that are read at once. */
  private static final int PIECE = 1 << 14;

  private final SoundStream source;
  private final int rate;
  private final int from;
  private final int to;
  private final double cut;
  private final int width;
  private final float[][] filters;

  /** Of the source, with silence in front; the first is number {@code start}. */
  private float[] held;

  private int count;
  private long start;
  private boolean ended;
  private long made;

  private Resampler(int rate, SoundStream source) {
    this.source = source;
    this.rate = rate;
    int common = BigInteger.valueOf(rate).gcd(BigInteger.valueOf(source.rate())).intValue();
    this.from = source.rate() / common;
    this.to = rate / common;
    this.cut = Math.min(1, (double) to / from) * ROLL_OFF;
    this.width = (int) Math.ceil(CROSSINGS / cut);
    this.filters = new float[to <= KEPT ? to : 0][];
    for (int phase = 0; phase < filters.length; phase++) {
      filters[phase] = filter((double) ((long) phase * from % to) / to);
    }
    this.held = new float[2 * width + PIECE];
    this.count = width;
    this.start = -width;
  }

  /** The same sound at a rate. */
  public static Sound to(int rate, Sound sound) throws InputException {
    return sound.rate() == rate ? sound : Sound.of(to(rate, sound.stream()), Long.MAX_VALUE);
  }

  /** The same stream at a rate; to be closed in place of the first. */
  public static SoundStream to(int rate, SoundStream sound) {
    return sound.rate() == rate ? sound : new Resampler(rate, sound);
  }

  @Override
  public int rate() {
    return rate;
  }

  @Override
  public int read(float[] samples) throws InputException {
    int filled = 0;
    while (filled < samples.length) {
      long whole = made / to * from;
      int phase = (int) (made % to);
      long between = (long) phase * from;
      long centre = whole + between / to;
      while (!ended && centre + width >= start + count) {
        more(centre - width);
      }
      // The source is at an end where a new sample would lie behind its last.
      if (ended && centre >= start + count) {
        break;
      }
      samples[filled++] = at(centre, phase, (double) (between % to) / to);
      made++;
    }
    return filled;
  }

  /** Reads on; what lies before a sample is needed no more. */
  private void more(long needed) throws InputException {
    int gone = Math.clamp(needed - start, 0, count);
    System.arraycopy(held, gone, held, 0, count - gone);
    count -= gone;
    start += gone;
    float[] piece = new float[PIECE];
    int some = source.read(piece);
    if (count + some > held.length) {
      held = Arrays.copyOf(held, count + some);
    }
    System.arraycopy(piece, 0, held, count, some);
    count += some;
    ended = some < PIECE;
  }

  private float at(long centre, int phase, double fraction) {
    float[] filter = filters.length > 0 ? filters[phase] : filter(fraction);
    double sum = 0;
    int first = (int) (centre - width - start);
    int begin = Math.max(0, -first);
    int end = Math.min(filter.length, count - first);
    for (int i = begin; i < end; i++) {
      sum += filter[i] * held[first + i];
    }
    return (float) sum;
  }

  /** Weights of the old samples from {@code width} before a place to as many behind. */
  private float[] filter(double fraction) {
    float[] filter = new float[2 * width + 1];
    for (int i = 0; i < filter.length; i++) {
      filter[i] = (float) (weight((i - width - fraction) * cut) * cut);
    }
    return filter;
  }

  /** sinc(t) under its window. */
  private static double weight(double t) {
    if (Math.abs(t) >= CROSSINGS) {
      return 0;
    }
    double window = Math.cos(Math.PI * t / (2 * CROSSINGS));
    double sinc = t == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    return sinc * window * window;
  }

  @Override
  public void close() {
    source.close();
  }
}
