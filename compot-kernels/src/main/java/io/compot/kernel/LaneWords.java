package io.compot.kernel;

import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.I;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * A word for each lane, of bytes that lie where the lane's codes do: those of neighbouring lanes
 * may overlap. Processors that permute bytes cut all out of one or two vectors, which have to stay
 * in registers: what is stored across lines of the cache is not read back soon.
 */
final class LaneWords {

  static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, I.vectorShape());

  /** Whether this processor permutes the bytes of such vectors; AVX-512 without VBMI does not. */
  static final boolean PERMUTES = COUNT < 16 || ProcessorFlags.has("avx512vbmi");

  /** The bytes of the lower half. */
  static final VectorMask<Byte> BELOW = VectorMask.fromLong(B, (1L << (BYTES / 2)) - 1);

  private final int laneBytes;
  private final int offset;
  private final boolean one;
  private final long second;
  private final ByteVector first;
  private final ByteVector last;

  /**
   * Words of blocks.
   *
   * @param laneBytes from one lane's codes to the next one's
   * @param offset of a lane's word in its bytes
   */
  LaneWords(int laneBytes, int offset) {
    this.laneBytes = laneBytes;
    this.offset = offset;
    this.one = COUNT * laneBytes <= BYTES;
    this.second = (long) COUNT * laneBytes - BYTES;
    this.first = places(i -> place(i) < BYTES ? place(i) : 0);
    this.last = places(i -> (int) Math.max(0, place(i) - second));
  }

  private static ByteVector places(IntUnaryOperator place) {
    byte[] places = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      places[i] = (byte) place.applyAsInt(i);
    }
    return ByteVector.fromArray(B, places, 0);
  }

  private int place(int place) {
    return place / Integer.BYTES * laneBytes + offset + place % Integer.BYTES;
  }

  /** Of a lane's word in its bytes. */
  int offset() {
    return offset;
  }

  /** Bytes of a block. */
  long blockBytes() {
    return (long) COUNT * laneBytes;
  }

  /** Bytes that are read of so many blocks. */
  long read(int blocks) {
    return (long) blocks * COUNT * laneBytes + (one ? BYTES - COUNT * laneBytes : 0);
  }

  /** Where the bytes of words come from in the first of one or two vectors. */
  ByteVector first() {
    return first;
  }

  /** Where those of the upper half come from in the second of two vectors. */
  ByteVector last() {
    return last;
  }

  /** Where the second vector begins. */
  long second() {
    return second;
  }

  /**
   * Reads those of a block one by one, on any processor.
   *
   * @param to takes as many words as there are lanes
   */
  void read(MemorySegment from, long at, int[] to, int into) {
    for (int lane = 0; lane < COUNT; lane++) {
      to[into + lane] = from.get(JAVA_INT_UNALIGNED, at + (long) lane * laneBytes + offset);
    }
  }
}
