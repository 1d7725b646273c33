package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.I;
import static io.compot.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The scales of a row's groups as vectors, a lane for each lane of a block. A code q is spread out
 * as f = 1 + q/2^width, so that w = s(q − z) = (s·2^width)·(f + u) with u = −1 − z/2^width: all
 * have so few bits that w is as exact as if it was computed so.
 */
final class GroupScales {

  /** As many halves as a vector has floats. */
  private static final VectorSpecies<Short> HALVES =
      VectorSpecies.of(short.class, VectorShape.forBitSize(Short.SIZE * COUNT));

  private final Weight.Grouped weight;
  private final Codes codes;
  private final int[] first;
  private final VectorShuffle<Float>[] shuffles;
  private final long scalesThere;
  private final long zerosThere;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays know no type arguments
  GroupScales(Weight.Grouped weight, int laneCodes, int blocks) {
    this.weight = weight;
    this.codes = new Codes(weight);
    this.first = new int[blocks];
    this.shuffles = new VectorShuffle[blocks];
    this.scalesThere = weight.scales().byteSize() / weight.scaleType().bytes();
    MemorySegment zeros = weight.zeros();
    this.zerosThere = zeros == null ? 0 : zeros.byteSize() / Integer.BYTES;
    for (int block = 0; block < blocks; block++) {
      int column = block * COUNT * laneCodes;
      first[block] = column / weight.group();
      int from = first[block];
      shuffles[block] =
          VectorShuffle.fromOp(
              F, lane -> Math.min(COUNT - 1, (column + lane * laneCodes) / weight.group() - from));
    }
  }

  /** Floats that {@link #read} needs. */
  int room() {
    return weight.groups() + 2 * COUNT;
  }

  /** u of every group where there are no zero points. */
  void symmetric(float[] origins) {
    Arrays.fill(origins, -1.5f);
  }

  /**
   * s·2^width and u of each group of a row, the latter where there are zero points.
   *
   * @param at where both begin
   */
  void read(int row, float[] factors, float[] origins, int at) {
    int whole = 1 << weight.width();
    int group = 0;
    for (int end = byVectors(row); group < end; group += COUNT) {
      scales(row, group).mul(whole).intoArray(factors, at + group);
      if (weight.zeros() != null) {
        zeros(row, group).mul(-1f / whole).sub(1).intoArray(origins, at + group);
      }
    }
    for (; group < weight.groups(); group++) {
      factors[at + group] = codes.scale(row, group) * whole;
      origins[at + group] = -1 - codes.zero(row, group) / (float) whole;
    }
  }

  /** Groups that may be read a vector at a time: beyond the row's where there is more behind. */
  private int byVectors(int row) {
    int groups = weight.groups();
    int up = Math.ceilDiv(groups, COUNT) * COUNT;
    boolean inside =
        (long) row * groups + up <= scalesThere
            && (weight.zeros() == null || (word(row) + 1) * groups + up <= zerosThere);
    return inside ? up : 0;
  }

  private long word(int row) {
    return (long) row * weight.width() / Integer.SIZE;
  }

  private FloatVector scales(int row, int group) {
    MemorySegment scales = weight.scales();
    long index = (long) row * weight.groups() + group;
    return switch (weight.scaleType()) {
      case F32 -> FloatVector.fromMemorySegment(F, scales, 4 * index, ORDER);
      case F16 -> Lanes.lowHalf(halves(scales, 2 * index));
      case BF16 -> Lanes.low(halves(scales, 2 * index));
    };
  }

  private static IntVector halves(MemorySegment numbers, long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(HALVES, numbers, at, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
  }

  /** Streams run along the rows, those of neighbouring groups side by side. */
  private FloatVector zeros(int row, int group) {
    MemorySegment zeros = Objects.requireNonNull(weight.zeros());
    int shift = row * weight.width() % Integer.SIZE;
    long at = 4 * (word(row) * weight.groups() + group);
    IntVector bits =
        IntVector.fromMemorySegment(I, zeros, at, ORDER).lanewise(VectorOperators.LSHR, shift);
    if (shift + weight.width() > Integer.SIZE) {
      bits =
          IntVector.fromMemorySegment(I, zeros, at + 4L * weight.groups(), ORDER)
              .lanewise(VectorOperators.LSHL, Integer.SIZE - shift)
              .or(bits);
    }
    IntVector zero = bits.and((1 << weight.width()) - 1);
    return (FloatVector) zero.convert(VectorOperators.I2F, 0);
  }

  /** The first group of a block. */
  int first(int block) {
    return first[block];
  }

  /** Which of the groups from the first on is each lane's. */
  VectorShuffle<Float> shuffle(int block) {
    return shuffles[block];
  }

  /**
   * What stands for the lanes of a block, of groups from {@code at} on. One way for all: of two,
   * both would make objects.
   */
  FloatVector vector(float[] ofGroups, int at, int block) {
    return FloatVector.fromArray(F, ofGroups, at + first[block]).rearrange(shuffles[block]);
  }
}
