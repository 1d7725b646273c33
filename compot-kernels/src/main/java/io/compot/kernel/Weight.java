package io.compot.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A matrix W [out, in] as it is stored, off the heap. The memory is its owner's, and must live as
 * long as anything that is made of the weight.
 */
public sealed interface Weight {

  /** Rows. */
  int out();

  /** Columns. */
  int in();

  /** A matrix whose rows can be read one by one. */
  sealed interface ByRows extends Weight {}

  /**
   * Plain numbers, row after row.
   *
   * @param numbers [out, in]
   */
  record Plain(NumberType type, int out, int in, MemorySegment numbers) implements ByRows {
    public Plain {
      requireBytes(numbers, (long) out * in * type.bytes());
    }
  }

  /**
   * Integers of a few bits with a scale for each group of consecutive columns: w = s(q − z). Code j
   * of a row lies in the bits [j·width, (j+1)·width) of its 32-bit words, the lowest first.
   *
   * @param width bits of a code, 2..8
   * @param group columns that share a scale; divides in
   * @param codes q, [out, ⌈in·width/32⌉] words
   * @param scaleType type of the scales
   * @param scales s, [out, in/group]
   * @param zeros z, [⌈out·width/32⌉, in/group] words, a stream along the rows of each group; null
   *     where it is 2^(width−1) everywhere
   */
  record Grouped(
      int out,
      int in,
      int width,
      int group,
      MemorySegment codes,
      NumberType scaleType,
      MemorySegment scales,
      @Nullable MemorySegment zeros)
      implements ByRows {
    public Grouped {
      if (width < 2 || width > 8 || group < 1 || in % group != 0) {
        throw new IllegalArgumentException(width + " bits by " + group + " of " + in);
      }
      requireBytes(codes, 4L * out * words(in, width));
      requireBytes(scales, (long) out * (in / group) * scaleType.bytes());
      if (zeros != null) {
        requireBytes(zeros, 4L * words(out, width) * (in / group));
      }
    }

    /** Words of a row. */
    int rowWords() {
      return words(in, width);
    }

    /** Groups of a row. */
    int groups() {
      return in / group;
    }

    private static int words(int count, int width) {
      return Math.toIntExact(Math.ceilDiv((long) count * width, Integer.SIZE));
    }
  }

  /**
   * A dictionary and a sparse code: W = code · dictionary.
   *
   * @param dictionary [k, in]
   * @param values of the code's support as one stream, row after row
   * @param out rows of the code
   * @param mask [out, ⌈k/8⌉] bytes, bit i of a row set where the code has a value, the lowest first
   */
  record Sparse(Weight dictionary, ByRows values, int out, MemorySegment mask) implements Weight {
    public Sparse {
      requireBytes(mask, (long) out * Math.ceilDiv(dictionary.out(), 8));
    }

    /** Columns of the code. */
    int k() {
      return dictionary.out();
    }

    @Override
    public int in() {
      return dictionary.in();
    }
  }

  /**
   * Two factors: W = left · right.
   *
   * @param left [out, r]
   * @param right [r, in]
   */
  record LowRank(Weight left, Weight right) implements Weight {
    public LowRank {
      requireSame(left.in(), right.out());
    }

    @Override
    public int out() {
      return left.out();
    }

    @Override
    public int in() {
      return right.in();
    }
  }

  /** Two matrices of the same shape, added. */
  record Sum(Weight base, Weight rest) implements Weight {
    public Sum {
      requireSame(base.out(), rest.out());
      requireSame(base.in(), rest.in());
    }

    @Override
    public int out() {
      return base.out();
    }

    @Override
    public int in() {
      return base.in();
    }
  }

  /**
   * Trellis codes of a matrix that is turned on both sides: W = scale · Uᵀ Q V. Each column of Q is
   * rings of bits, of up to {@code sequence} rows each, in 32-bit words; later steps stand lower,
   * and the state at a step is the window of {@code stateBits} that begins with the step's own bits
   * and runs on over the end of the ring. A step adds ⌊halfBits/2⌋ bits, odd steps one more where
   * halfBits is odd.
   *
   * @param multiplier of the states: the code is that of io.compot.quantise.TrellisCode
   * @param codes [in, words of a column]
   * @param outputs U, over the rows
   * @param inputs V, over the columns
   */
  record Trellis(
      int out,
      int in,
      int halfBits,
      int stateBits,
      int multiplier,
      int sequence,
      MemorySegment codes,
      float scale,
      Turn outputs,
      Turn inputs)
      implements Weight {
    public Trellis {
      requireSame(outputs.size(), out);
      requireSame(inputs.size(), in);
    }

    /** New bits at a step. */
    int newBits(int step) {
      return halfBits / 2 + (halfBits % 2 == 1 && step % 2 == 1 ? 1 : 0);
    }

    /** Bits of so many steps. */
    int bits(int steps) {
      return steps * (halfBits / 2) + (halfBits % 2 == 1 ? steps / 2 : 0);
    }

    /** Rings of a column. */
    int rings() {
      return Math.ceilDiv(out, sequence);
    }

    /** Rows of a ring. */
    int steps(int ring) {
      return Math.min(sequence, out - ring * sequence);
    }

    /** Words of a ring. */
    int ringWords(int ring) {
      return Math.ceilDiv(bits(steps(ring)), Integer.SIZE);
    }

    /** Words of a column. */
    int columnWords() {
      return (rings() - 1) * ringWords(0) + ringWords(rings() - 1);
    }
  }

  private static void requireBytes(MemorySegment memory, long bytes) {
    if (memory.byteSize() != bytes) {
      throw new IllegalArgumentException(memory.byteSize() + " bytes instead of " + bytes);
    }
  }

  private static void requireSame(int one, int other) {
    if (one != other) {
      throw new IllegalArgumentException("matrices of " + one + " and " + other);
    }
  }
}
