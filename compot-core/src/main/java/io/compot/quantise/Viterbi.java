package io.compot.quantise;

import java.util.Arrays;

/**
 * The walk through a {@link TrellisFormat} whose values are nearest to a sequence in least squares,
 * by Viterbi's algorithm over all 2^L states; tail-biting, so that no bits are spent on a start.
 *
 * <p>A state is (p, j, b): b its new bits, p the oldest, which fall out at the next step. Costs lie
 * by p, b, j: the minimum over p then runs along rows, as does the sum with the distances, and only
 * the minima, 2^bits times fewer than states, change places in between. Costs are whole numbers
 * whose lowest bits carry, in that minimum, which p it was: one vector instruction finds both.
 * Every loop takes whole arrays at one index, which is what the compiler turns into vectors.
 *
 * <p>One for each thread; reused for any number of sequences.
 */
final class Viterbi {

  /** Steps after which costs are lowered, long before they could overflow. */
  private static final int LOWERED = 8;

  /** A start that is not allowed: above the cost of any way, even when doubled. */
  private static final int FORBIDDEN = 1 << 30;

  /** No seam: the ring may begin anywhere. */
  private static final int OPEN = -1;

  /** Targets are clipped to so much in the search. */
  private static final double FARTHEST = 4.5;

  private final TrellisFormat format;
  private final int stateBits;
  private final int tag;
  private final int fine;
  private final float[] exact;
  private final int[][][] values = new int[256][][];
  private final int[][][] costs = new int[16][][];
  private final int[] minima;
  private final int[] base;
  private final byte[][] from;
  private final int[] fixed;

  /**
   * Room for sequences.
   *
   * @param steps the longest sequence
   */
  Viterbi(TrellisFormat format, int steps) {
    this.format = format;
    this.stateBits = format.code().stateBits();
    this.tag = format.mostNewBits();
    this.exact = format.code().values();
    double most = 0;
    for (float value : exact) {
      most = Math.max(most, value);
    }
    int deep = Math.ceilDiv(stateBits, Math.max(1, format.halfBits() / 2)) + 2;
    this.fine = (int) (Math.sqrt((double) FORBIDDEN / deep / (1 << tag)) / (most + FARTHEST));
    int fewest = format.newBits(0);
    this.minima = new int[1 << (stateBits - fewest)];
    this.base = new int[1 << (stateBits - fewest)];
    this.from = new byte[steps][1 << (stateBits - fewest)];
    this.fixed = new int[steps];
    for (int bits : new int[] {fewest, tag}) {
      costs[bits] = new int[1 << bits][1 << (stateBits - bits)];
      for (int next : new int[] {fewest, tag}) {
        values[bits << 4 | next] = table(bits, next);
      }
    }
  }

  /** Values of states as their costs lie, where a step of {@code bits} is before one of another. */
  private int[][] table(int bits, int next) {
    int stride = 1 << (stateBits - bits - next);
    int[][] table = new int[1 << next][stride << bits];
    for (int p = 0; p < 1 << next; p++) {
      for (int b = 0; b < 1 << bits; b++) {
        for (int j = 0; j < stride; j++) {
          int state = (p * stride + j) << bits | b;
          table[p][b * stride + j] = Math.round(fine * exact[state]);
        }
      }
    }
    return table;
  }

  /**
   * Finds the best ring.
   *
   * @param targets in units of the code's values
   * @param found to be filled with the states, whose lowest bits are the new ones of each step
   */
  void encode(float[] targets, int steps, int[] found) {
    for (int t = 0; t < steps; t++) {
      fixed[t] = (int) Math.rint(Math.clamp(targets[t], -FARTHEST, FARTHEST) * fine);
    }
    // Where the ring closes is found on a stretch around it that is long against the window.
    int half = Math.min(steps / 2, 10 * Math.ceilDiv(stateBits, format.halfBits()));
    walk(steps - half, 2 * half, steps, OPEN);
    trace(cheapest(half - 1, steps, OPEN), steps - half, 2 * half, steps, found);
    int seam = found[half - 1] & mask(stateBits - format.newBits(0));
    walk(0, steps, steps, seam);
    trace(cheapest(steps - 1, steps, seam), 0, steps, steps, found);
  }

  /** Costs of all states after some steps of the ring from {@code first}. */
  private void walk(int first, int count, int steps, int seam) {
    int before = 0;
    for (int u = 0; u < count; u++) {
      int t = (first + u) % steps;
      int bits = format.newBits(t);
      if (u == 0) {
        Arrays.fill(base, seam == OPEN ? 0 : FORBIDDEN);
        if (seam != OPEN) {
          base[seam] = 0;
        }
      } else {
        reduce(costs[bits], minima);
        gather(before, bits);
        keepTags(base, from[u], mask(tag), 1 << (stateBits - bits));
      }
      expand(bits, format.newBits((t + 1) % steps), fixed[t], u % LOWERED == LOWERED - 1);
      before = bits;
    }
  }

  /** The least of the costs of all p, with p in the lowest bits. */
  private static void reduce(int[][] costs, int[] to) {
    switch (costs.length) {
      case 2 -> least(costs[0], costs[1], to);
      case 4 -> least(costs[0], costs[1], costs[2], costs[3], to);
      default -> {
        Arrays.fill(to, 0, costs[0].length, Integer.MAX_VALUE);
        for (int p = 0; p < costs.length; p += 4) {
          least(costs[p], costs[p + 1], costs[p + 2], costs[p + 3], to, p);
        }
      }
    }
  }

  private static void least(int[] a, int[] b, int[] to) {
    for (int j = 0; j < a.length; j++) {
      to[j] = Math.min(a[j], b[j] + 1);
    }
  }

  private static void least(int[] a, int[] b, int[] c, int[] d, int[] to) {
    for (int j = 0; j < a.length; j++) {
      to[j] = Math.min(Math.min(a[j], b[j] + 1), Math.min(c[j], d[j] + 1) + 2);
    }
  }

  private static void least(int[] a, int[] b, int[] c, int[] d, int[] to, int first) {
    for (int j = 0; j < a.length; j++) {
      int least = Math.min(Math.min(a[j], b[j] + 1), Math.min(c[j], d[j] + 1) + 2);
      to[j] = Math.min(to[j], least + first);
    }
  }

  /** What were new bits become the lowest of the older ones. */
  private void gather(int before, int bits) {
    int stride = 1 << (stateBits - before - bits);
    for (int b = 0; b < 1 << before; b++) {
      for (int j = 0; j < stride; j++) {
        base[j << before | b] = minima[b * stride + j];
      }
    }
  }

  private static void keepTags(int[] base, byte[] tags, int mask, int count) {
    for (int i = 0; i < count; i++) {
      tags[i] = (byte) (base[i] & mask);
    }
  }

  /** Adds the distances of a step to all ways on from {@link #base}. */
  private void expand(int bits, int next, int target, boolean lower) {
    int least = lower ? least(base, 1 << (stateBits - bits)) & (-1 << tag) : 0;
    int stride = 1 << (stateBits - bits - next);
    int[][] table = values[bits << 4 | next];
    for (int p = 0; p < 1 << next; p++) {
      int[] row = costs[next][p];
      for (int b = 0; b < 1 << bits; b++) {
        System.arraycopy(base, p * stride, row, b * stride, stride);
      }
      add(row, table[p], target, tag, least);
    }
  }

  private static int least(int[] base, int count) {
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      least = Math.min(least, base[i]);
    }
    return least;
  }

  private static void add(int[] costs, int[] values, int target, int tag, int least) {
    int clear = -1 << tag;
    for (int i = 0; i < costs.length; i++) {
      int off = values[i] - target;
      costs[i] = (costs[i] & clear) - least + ((off * off) << tag);
    }
  }

  /**
   * The state of least cost after the step.
   *
   * @param seam what the ring began with, which then must be its last bits too; or {@link #OPEN}
   */
  private int cheapest(int step, int steps, int seam) {
    int bits = format.newBits(step);
    int next = format.newBits((step + 1) % steps);
    int first = format.newBits(0);
    int strideBits = stateBits - bits - next;
    int found = 0;
    int least = Integer.MAX_VALUE;
    int candidates = seam == OPEN ? 1 << stateBits : 1 << first;
    for (int c = 0; c < candidates; c++) {
      int state = seam == OPEN ? c : c << (stateBits - first) | seam;
      int older = state >>> bits;
      int at = (state & mask(bits)) << strideBits | (older & mask(strideBits));
      int cost = costs[next][older >>> strideBits][at];
      if (cost < least) {
        least = cost;
        found = state;
      }
    }
    return found;
  }

  private void trace(int last, int first, int count, int steps, int[] found) {
    int state = last;
    for (int u = count - 1; u >= 0; u--) {
      found[u] = state;
      int bits = format.newBits((first + u) % steps);
      int older = state >>> bits;
      state = from[u][older] << (stateBits - bits) | older;
    }
  }

  private static int mask(int bits) {
    return (1 << bits) - 1;
  }
}
