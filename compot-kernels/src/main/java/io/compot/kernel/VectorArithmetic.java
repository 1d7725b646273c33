package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The Vector API (JEP 508). Only for JVMs that have its module. */
final class VectorArithmetic implements Arithmetic {

  @Override
  public String name() {
    return "Vector API, %d bits".formatted(F.vectorBitSize());
  }

  @Override
  public Rows rows(Weight.ByRows weight) {
    var one = new PlainRows(weight);
    return switch (weight) {
      case Weight.Plain plain ->
          switch (plain.type()) {
            case F32 -> new VectorFullRows(plain, one);
            case F16 -> new VectorHalfRows(plain, one);
            case BF16 -> new VectorBriefRows(plain, one);
          };
      case Weight.Grouped grouped ->
          VectorGroupedRows.fits(grouped) ? new VectorGroupedRows(grouped) : one;
    };
  }

  @Override
  public CodeRows code(Weight.Sparse weight) {
    return VectorCodeRows.fits(weight) ? new VectorCodeRows(weight) : new PlainCodeRows(weight);
  }

  @Override
  public TrellisColumns columns(Weight.Trellis weight) {
    return new VectorTrellisColumns(weight);
  }

  @Override
  public float dot(float[] a, int aAt, float[] b, int bAt, int n) {
    FloatVector sums = FloatVector.zero(F);
    int i = 0;
    for (int end = n - n % COUNT; i < end; i += COUNT) {
      sums = FloatVector.fromArray(F, a, aAt + i).fma(FloatVector.fromArray(F, b, bAt + i), sums);
    }
    float sum = sums.reduceLanes(VectorOperators.ADD);
    for (; i < n; i++) {
      sum = Math.fma(a[aAt + i], b[bAt + i], sum);
    }
    return sum;
  }

  @Override
  public void combine(
      Weight.Plain w, int first, int last, float[] factors, int factorsAt, float[] y, int yAt) {
    VectorCombination.combine(w, first, last, factors, factorsAt, y, yAt);
  }

  @Override
  public void silu(float[] gate, float[] up, int from, int to) {
    int i = from;
    for (int end = from + (to - from) / COUNT * COUNT; i < end; i += COUNT) {
      FloatVector x = FloatVector.fromArray(F, gate, i);
      FloatVector turned = x.neg().lanewise(VectorOperators.EXP).add(1);
      x.div(turned).mul(FloatVector.fromArray(F, up, i)).intoArray(gate, i);
    }
    for (; i < to; i++) {
      gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
    }
  }

  @Override
  public float exponentials(float[] x, int from, int to, float largest) {
    FloatVector sums = FloatVector.zero(F);
    int i = from;
    for (int end = from + (to - from) / COUNT * COUNT; i < end; i += COUNT) {
      FloatVector e = FloatVector.fromArray(F, x, i).sub(largest).lanewise(VectorOperators.EXP);
      e.intoArray(x, i);
      sums = sums.add(e);
    }
    float sum = sums.reduceLanes(VectorOperators.ADD);
    for (; i < to; i++) {
      x[i] = (float) Math.exp(x[i] - largest);
      sum += x[i];
    }
    return sum;
  }
}
