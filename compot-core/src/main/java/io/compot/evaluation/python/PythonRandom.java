package io.compot.evaluation.python;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * CPython's {@code random.Random}: MT19937 (Matsumoto and Nishimura 1998) seeded by {@code
 * init_by_array}, with the draws of {@code random.py} on top, so that a harness written in Python
 * and this one choose the same few-shot examples and bootstrap resamples.
 */
public final class PythonRandom {

  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int position = N;

  /** {@code random.Random(seed)} for an integer seed, which Python takes by its absolute value. */
  public PythonRandom(long seed) {
    long magnitude = Math.abs(seed);
    int high = (int) (magnitude >>> 32);
    seed(high == 0 ? new int[] {(int) magnitude} : new int[] {(int) magnitude, high});
  }

  private void seed(int[] key) {
    state[0] = 19650218;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
    int i = 1;
    int j = 0;
    for (int k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525)) + key[j] + j;
      i++;
      j = (j + 1) % key.length;
      if (i == N) {
        state[0] = state[N - 1];
        i = 1;
      }
    }
    for (int k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941)) - i;
      i++;
      if (i == N) {
        state[0] = state[N - 1];
        i = 1;
      }
    }
    state[0] = 0x80000000;
  }

  private int next() {
    if (position == N) {
      refill();
    }
    int y = state[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  private void refill() {
    for (int i = 0; i < N; i++) {
      int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
    }
    position = 0;
  }

  /** {@code random()}: uniform in [0, 1) with 53 bits. */
  public double random() {
    int high = next() >>> 5;
    int low = next() >>> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  /** {@code _randbelow(n)}: uniform in [0, n), n at least 1. */
  public int below(int n) {
    int bits = 32 - Integer.numberOfLeadingZeros(n);
    int draw = next() >>> (32 - bits);
    while (draw >= n) {
      draw = next() >>> (32 - bits);
    }
    return draw;
  }

  /** One index of {@code choices(range(n))}. */
  public int choice(int n) {
    return (int) Math.floor(random() * n);
  }

  /**
   * {@code sample(range(n), k)}: k different indices in the order drawn.
   *
   * @param k at most n
   */
  public List<Integer> sample(int n, int k) {
    List<Integer> drawn = new ArrayList<>();
    // CPython shuffles a copy of the population while that is smaller than a set of the draws.
    long setSize = 21;
    if (k > 5) {
      setSize += (long) Math.pow(4, Math.ceil(Math.log(k * 3.0) / Math.log(4)));
    }
    if (n <= setSize) {
      int[] pool = new int[n];
      for (int i = 0; i < n; i++) {
        pool[i] = i;
      }
      for (int i = 0; i < k; i++) {
        int j = below(n - i);
        drawn.add(pool[j]);
        pool[j] = pool[n - i - 1];
      }
      return drawn;
    }
    Set<Integer> selected = new HashSet<>();
    while (drawn.size() < k) {
      int j = below(n);
      if (selected.add(j)) {
        drawn.add(j);
      }
    }
    return drawn;
  }
}
