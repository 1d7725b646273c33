package io.compot.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Weights of seeded random bits. */
final class RandomWeights {

  private final Arena arena;
  private final Random random;

  RandomWeights(Arena arena, long seed) {
    this.arena = arena;
    this.random = new Random(seed);
  }

  /** Normal numbers, some of them so small that F16 holds them without a leading bit. */
  Weight.Plain plain(NumberType type, int out, int in) {
    MemorySegment numbers = arena.allocate((long) out * in * type.bytes(), 64);
    for (long i = 0; i < (long) out * in; i++) {
      float number = (float) random.nextGaussian();
      type.set(numbers, i, random.nextInt(8) == 0 ? number * 1e-6f : number);
    }
    return new Weight.Plain(type, out, in, numbers);
  }

  Weight.Grouped grouped(int width, int group, boolean zeros, NumberType scale, int out, int in) {
    int words = Math.ceilDiv(in * width, 32);
    int groups = in / group;
    return new Weight.Grouped(
        out,
        in,
        width,
        group,
        bits(4L * out * words),
        scale,
        plain(scale, out, groups).numbers(),
        zeros ? bits(4L * Math.ceilDiv(out * width, 32) * groups) : null);
  }

  /** About half of the places have values. */
  Weight.Sparse sparse(NumberType dictionary, boolean groupedValues, int out, int k, int in) {
    int rowBytes = Math.ceilDiv(k, 8);
    MemorySegment mask = arena.allocate((long) out * rowBytes, 64);
    int values = 0;
    for (int i = 0; i < out; i++) {
      for (int j = 0; j < k; j++) {
        if (random.nextBoolean()) {
          long at = (long) i * rowBytes + j / 8;
          mask.set(JAVA_BYTE, at, (byte) (mask.get(JAVA_BYTE, at) | 1 << (j % 8)));
          values++;
        }
      }
    }
    Weight.ByRows stream =
        groupedValues
            ? grouped(4, 32, true, NumberType.F16, Math.ceilDiv(values, 32), 32)
            : plain(dictionary, 1, values);
    return new Weight.Sparse(plain(dictionary, k, in), stream, out, mask);
  }

  Weight.Trellis trellis(int halfBits, int stateBits, int sequence, int out, int in) {
    int ring = Math.ceilDiv(ringBits(halfBits, sequence), 32);
    int last = out % sequence == 0 ? sequence : out % sequence;
    int words =
        (Math.ceilDiv(out, sequence) - 1) * ring + Math.ceilDiv(ringBits(halfBits, last), 32);
    MemorySegment codes = arena.allocate(4L * in * words, 64);
    for (int column = 0; column < in; column++) {
      int word = column * words;
      for (int first = 0; first < out; first += sequence) {
        int bits = ringBits(halfBits, Math.min(sequence, out - first));
        for (; bits > 0; bits -= 32) {
          int mask = bits >= 32 ? -1 : (1 << bits) - 1; // what fills a word up is zero
          codes.set(JAVA_INT_UNALIGNED, 4L * word++, random.nextInt() & mask);
        }
      }
    }
    return new Weight.Trellis(
        out, in, halfBits, stateBits, 2251, sequence, codes, 0.7f, turn(out), turn(in));
  }

  private static int ringBits(int halfBits, int steps) {
    return steps * (halfBits / 2) + (halfBits % 2 == 1 ? steps / 2 : 0);
  }

  private Turn turn(int size) {
    float[] signs = new float[size];
    for (int i = 0; i < size; i++) {
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    return new Turn(signs);
  }

  float[] vector(int length) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private MemorySegment bits(long bytes) {
    byte[] all = new byte[(int) bytes];
    random.nextBytes(all);
    MemorySegment segment = arena.allocate(bytes, 64);
    segment.copyFrom(MemorySegment.ofArray(all));
    return segment;
  }
}
