package io.compot.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.tensor.Dtype;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class NonFiniteTest {

  @Property(tries = 300)
  void findsTheFirstAsAPlainLoopDoes(
      @ForAll @IntRange(max = 200_000) int elements,
      @ForAll @IntRange(max = 3) int planted,
      @ForAll long seed) {
    var random = new Random(seed);
    float[] floats = new float[elements];
    double[] doubles = new double[elements];
    short[] halves = new short[elements];
    short[] bfloats = new short[elements];
    for (int i = 0; i < elements; i++) {
      floats[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(60) - 30));
      doubles[i] = random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
      halves[i] = (short) (random.nextInt(0x7c00) | random.nextInt(2) << 15);
      bfloats[i] = (short) (random.nextInt(0x7f80) | random.nextInt(2) << 15);
    }
    int first = -1;
    for (int i = 0; i < planted && elements > 0; i++) {
      int at = random.nextInt(elements);
      boolean nan = random.nextBoolean();
      floats[at] = nan ? Float.NaN : Float.NEGATIVE_INFINITY;
      doubles[at] = nan ? Double.NaN : Double.POSITIVE_INFINITY;
      halves[at] = (short) (nan ? 0x7c01 : 0xfc00);
      bfloats[at] = (short) (nan ? 0xffc0 : 0x7f80);
      first = first < 0 ? at : Math.min(first, at);
    }
    assertThat(NonFinite.first(MemorySegment.ofArray(floats), Dtype.F32)).isEqualTo(first);
    assertThat(NonFinite.first(MemorySegment.ofArray(doubles), Dtype.F64)).isEqualTo(first);
    assertThat(NonFinite.first(MemorySegment.ofArray(halves), Dtype.F16)).isEqualTo(first);
    assertThat(NonFinite.first(MemorySegment.ofArray(bfloats), Dtype.BF16)).isEqualTo(first);
  }
}
