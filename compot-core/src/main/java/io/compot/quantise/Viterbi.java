package io.compot.quantise;

import java.util.Arrays;

/**
 * The walk through a {@link TrellisFormat} whose values are nearest to a sequence in least squares,
 * by Viterbi's algorithm over all 2^L states; tail-biting, so that no bits are spent on a start.
 *
 * <p>A state is (i, b): b the new bits, i the older ones. Costs are whole numbers whose lowest bits
 * carry, in the minimum over the predecessors, which of them it was: one vector instruction then
 * finds both. They lie by b and then i, so that the loops that add distances and those that take
 * minima both run along memory; only the 2^(L−bits) minima change places in between.
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
  private final int clear;
  private final int fine;
  private final int[][] values;
  private final int[] costs;
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
    this.clear = -1 << tag;
    float[] exact = format.code().values();
    double most = 0;
    for (float value : exact) {
      most = Math.max(most, value);
    }
    int deep = Math.ceilDiv(stateBits, Math.max(1, format.halfBits() / 2)) + 2;
    this.fine = (int) (Math.sqrt((double) FORBIDDEN / deep / (1 << tag)) / (most + FARTHEST));
    this.values = new int[tag + 1][];
    for (int step = 0; step < 2; step++) {
      int bits = format.newBits(step);
      values[bits] = table(exact, bits);
    }
    int least = stateBits - format.newBits(0);
    this.costs = new int[1 << stateBits];
    this.minima = new int[1 << least];
    this.base = new int[1 << least];
    this.from = new byte[steps][1 << least];
    this.fixed = new int[steps];
  }

  /** Values by new bits, then older ones. */
  private int[] table(float[] exact, int bits) {
    int older = 1 << (stateBits - bits);
    int[] table = new int[1 << stateBits];
    for (int b = 0; b < 1 << bits; b++) {
      for (int i = 0; i < older; i++) {
        table[b * older + i] = Math.round(fine * exact[i << bits | b]);
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
    trace(cheapest(half - 1, OPEN), steps - half, 2 * half, steps, found);
    int seam = found[half - 1] & mask(stateBits - format.newBits(0));
    walk(0, steps, steps, seam);
    trace(cheapest(steps - 1, seam), 0, steps, steps, found);
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
        reduce(before, bits);
        gather(before, bits);
        keepTags(base, from[u], mask(tag), 1 << (stateBits - bits));
      }
      expand(bits, fixed[t], u % LOWERED == LOWERED - 1);
      before = bits;
    }
  }

  /** Least costs of those predecessors that differ in their oldest bits alone, which fall out. */
  private void reduce(int before, int bits) {
    int older = 1 << (stateBits - before);
    int stride = older >> bits;
    for (int b = 0; b < 1 << before; b++) {
      int at = b * stride;
      int row = b * older;
      switch (bits) {
        case 1 -> least2(costs, row, stride, minima, at);
        case 2 -> least4(costs, row, stride, minima, at);
        default -> {
          least8(costs, row, stride, minima, at);
          for (int p = 8; p < 1 << bits; p += 8) {
            least8More(costs, row + p * stride, stride, minima, at, p);
          }
        }
      }
    }
  }

  private static void least2(int[] costs, int row, int stride, int[] to, int at) {
    for (int j = 0; j < stride; j++) {
      to[at + j] = Math.min(costs[row + j], costs[row + stride + j] + 1);
    }
  }

  private static void least4(int[] costs, int row, int stride, int[] to, int at) {
    for (int j = 0; j < stride; j++) {
      int one = Math.min(costs[row + j], costs[row + stride + j] + 1);
      int two = Math.min(costs[row + 2 * stride + j], costs[row + 3 * stride + j] + 1);
      to[at + j] = Math.min(one, two + 2);
    }
  }

  private static void least8(int[] costs, int row, int stride, int[] to, int at) {
    for (int j = 0; j < stride; j++) {
      int a = Math.min(costs[row + j], costs[row + stride + j] + 1);
      int b = Math.min(costs[row + 2 * stride + j], costs[row + 3 * stride + j] + 1);
      int c = Math.min(costs[row + 4 * stride + j], costs[row + 5 * stride + j] + 1);
      int d = Math.min(costs[row + 6 * stride + j], costs[row + 7 * stride + j] + 1);
      to[at + j] = Math.min(Math.min(a, b + 2), Math.min(c, d + 2) + 4);
    }
  }

  private static void least8More(int[] costs, int row, int stride, int[] to, int at, int first) {
    for (int j = 0; j < stride; j++) {
      int a = Math.min(costs[row + j], costs[row + stride + j] + 1);
      int b = Math.min(costs[row + 2 * stride + j], costs[row + 3 * stride + j] + 1);
      int c = Math.min(costs[row + 4 * stride + j], costs[row + 5 * stride + j] + 1);
      int d = Math.min(costs[row + 6 * stride + j], costs[row + 7 * stride + j] + 1);
      int all = Math.min(Math.min(a, b + 2), Math.min(c, d + 2) + 4);
      to[at + j] = Math.min(to[at + j], all + first);
    }
  }

  /** What were new bits become the lowest of the older ones. */
  private void gather(int before, int bits) {
    int stride = 1 << (stateBits - before - bits);
    for (int j = 0; j < stride; j++) {
      for (int b = 0; b < 1 << before; b++) {
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
  private void expand(int bits, int target, boolean lower) {
    int older = 1 << (stateBits - bits);
    int least = 0;
    if (lower) {
      least = Integer.MAX_VALUE;
      for (int i = 0; i < older; i++) {
        least = Math.min(least, base[i]);
      }
      least &= clear;
    }
    for (int b = 0; b < 1 << bits; b++) {
      add(base, values[bits], costs, b * older, older, target, tag, least);
    }
  }

  private static void add(
      int[] base, int[] values, int[] costs, int at, int count, int target, int tag, int least) {
    int clear = -1 << tag;
    for (int i = 0; i < count; i++) {
      int off = values[at + i] - target;
      costs[at + i] = (base[i] & clear) - least + ((off * off) << tag);
    }
  }

  /**
   * The state of least cost after the step.
   *
   * @param seam what the ring began with, which then must be its last bits too; or {@link #OPEN}
   */
  private int cheapest(int step, int seam) {
    int bits = format.newBits(step);
    int older = 1 << (stateBits - bits);
    int first = format.newBits(0);
    int found = 0;
    int least = Integer.MAX_VALUE;
    int candidates = seam == OPEN ? 1 << stateBits : 1 << first;
    for (int p = 0; p < candidates; p++) {
      int state = seam == OPEN ? p : p << (stateBits - first) | seam;
      int cost = costs[(state & mask(bits)) * older + (state >>> bits)];
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
