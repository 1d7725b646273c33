package io.compot.kernel;

import static io.compot.kernel.Halves.BLOCK;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.ORDER;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * A code of BF16 values on processors that expand 16-bit values by a mask (AVX-512 VBMI2): 32
 * places at a time take their values, which lie one behind the other, where the mask has bits.
 */
final class VectorCodeRows implements CodeRows {

  private static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, FloatVector.SPECIES_PREFERRED.vectorShape());

  private final Weight.Sparse weight;
  private final Support support;
  private final MemorySegment values;
  private final PlainCodeRows plain;
  private final int width;

  VectorCodeRows(Weight.Sparse weight) {
    this.weight = weight;
    this.support = Support.of(weight);
    this.values = ((Weight.Plain) weight.values()).numbers();
    this.plain = new PlainCodeRows(weight);
    this.width = Math.ceilDiv(weight.k(), BLOCK) * BLOCK;
  }

  /** Whether values and processor are such. */
  static boolean fits(Weight.Sparse weight) {
    return BLOCK == 32
        && weight.values() instanceof Weight.Plain plain
        && plain.type() == NumberType.BF16
        && ProcessorFlags.has("avx512_vbmi2");
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    float[] filled = new float[width];
    System.arraycopy(x, from, filled, 0, weight.k());
    new Halves(width).arrange(filled, 0, to, at);
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    int inside = last;
    while (inside > first && !fitsInside(inside - 1)) {
      inside--;
    }
    for (int row = first; row < inside; row++) {
      for (int i = 0; i < count; i++) {
        y[i * stride + row] = dot(row, arranged, i * width);
      }
    }
    if (inside < last) {
      float[] natural = new float[count * weight.k()];
      for (int i = 0; i < count; i++) {
        float[] one = new float[width];
        System.arraycopy(arranged, i * width, one, 0, width);
        new Halves(width).undo(one, 0);
        System.arraycopy(one, 0, natural, i * weight.k(), weight.k());
      }
      plain.product(inside, last, natural, count, y, stride);
    }
  }

  private float dot(int row, float[] x, int at) {
    long place = support.starts()[row];
    long maskAt = (long) row * support.rowBytes();
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    int k = weight.k();
    MemorySegment mask = weight.mask();
    int whole = k - k % BLOCK;
    for (int i = 0; i < whole; i += BLOCK) {
      int bits = mask.get(JAVA_INT_UNALIGNED, maskAt + (i >> 3));
      IntVector words = expanded(place, bits);
      a = Lanes.low(words).fma(FloatVector.fromArray(F, x, at + i), a);
      b = Lanes.high(words).fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
      place += Integer.bitCount(bits);
    }
    if (whole < k) {
      int bits = mask.get(JAVA_INT_UNALIGNED, maskAt + (whole >> 3)) & ((1 << (k - whole)) - 1);
      IntVector words = expanded(place, bits);
      a = Lanes.low(words).fma(FloatVector.fromArray(F, x, at + whole), a);
      b = Lanes.high(words).fma(FloatVector.fromArray(F, x, at + whole + COUNT), b);
    }
    return a.add(b).reduceLanes(VectorOperators.ADD);
  }

  private IntVector expanded(long place, int bits) {
    return ShortVector.fromMemorySegment(S, values, 2 * place, ORDER)
        .expand(VectorMask.fromLong(S, bits & 0xffffffffL))
        .reinterpretAsInts();
  }

  /** Whether whole vectors of values and mask can be read up to the end of a row. */
  private boolean fitsInside(int row) {
    long maskEnd = (long) row * support.rowBytes() + Math.ceilDiv(weight.k(), BLOCK) * 4L;
    return 2 * (support.starts()[row + 1] + BLOCK) <= values.byteSize()
        && maskEnd <= weight.mask().byteSize();
  }
}
