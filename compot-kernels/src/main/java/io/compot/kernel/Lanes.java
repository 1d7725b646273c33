package io.compot.kernel;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The widest vectors of this processor, and how stored numbers become floats in them. */
final class Lanes {

  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> I =
      VectorSpecies.of(int.class, FloatVector.SPECIES_PREFERRED.vectorShape());

  /** Floats of a vector. */
  static final int COUNT = F.length();

  /** Bytes of a vector. */
  static final int BYTES = 4 * COUNT;

  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final int HIGH = 0xffff0000;
  private static final int SIGN = 0x80000000;

  private Lanes() {}

  /** Where lanes find their numbers if each takes the one so many places behind the last. */
  static int[] every(int step) {
    int[] places = new int[COUNT];
    for (int lane = 0; lane < COUNT; lane++) {
      places[lane] = lane * step;
    }
    return places;
  }

  /** The lower halves of words that hold two BF16 numbers each. */
  static FloatVector low(IntVector words) {
    return words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /** The upper halves. */
  static FloatVector high(IntVector words) {
    return words.lanewise(VectorOperators.AND, HIGH).reinterpretAsFloats();
  }

  /** The lower halves of words that hold two finite F16 numbers each. */
  static FloatVector lowHalf(IntVector words) {
    IntVector sign = words.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.AND, SIGN);
    return half(words.lanewise(VectorOperators.LSHL, 13), sign);
  }

  /** The upper halves. */
  static FloatVector highHalf(IntVector words) {
    IntVector sign = words.lanewise(VectorOperators.AND, SIGN);
    return half(words.lanewise(VectorOperators.LSHR, 3), sign);
  }

  /**
   * F16 whose exponent and fraction were put where a float has them, among other bits. The exponent
   * is moved by 112. A number without its leading bit gets one and loses it again, exactly; of any
   * other that makes a larger one, so the smaller of both is right.
   */
  private static FloatVector half(IntVector bits, IntVector sign) {
    IntVector rest = bits.lanewise(VectorOperators.AND, 0x0fffe000);
    IntVector normal = rest.add(112 << 23);
    FloatVector small = rest.add(113 << 23).reinterpretAsFloats().sub(0x1p-14f);
    return normal
        .min(small.reinterpretAsInts())
        .lanewise(VectorOperators.OR, sign)
        .reinterpretAsFloats();
  }
}
